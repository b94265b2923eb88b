"""Use cases of identity: tags on things, other names, readers."""

from mes.identity.service.aliases import AliasOf, AliasTaken, GiveAlias, TakeAlias, give_alias, take_alias
from mes.identity.service.naming_things import NoSuchThing
from mes.identity.service.readers import (
    AddReader,
    ChangeReader,
    CodeTaken,
    LookAfresh,
    add_reader,
    change_reader,
    look_afresh,
)
from mes.identity.service.tags import (
    BindTag,
    EndTag,
    EpcTaken,
    ReplaceTag,
    TagOn,
    TagTaken,
    WearsNone,
    WearsTag,
    bind_tag,
    end_tag,
    replace_tag,
)

__all__ = [
    "AddReader",
    "AliasOf",
    "AliasTaken",
    "BindTag",
    "ChangeReader",
    "CodeTaken",
    "EndTag",
    "EpcTaken",
    "GiveAlias",
    "LookAfresh",
    "NoSuchThing",
    "ReplaceTag",
    "TagOn",
    "TagTaken",
    "TakeAlias",
    "WearsNone",
    "WearsTag",
    "add_reader",
    "bind_tag",
    "change_reader",
    "end_tag",
    "give_alias",
    "look_afresh",
    "replace_tag",
    "take_alias",
]
