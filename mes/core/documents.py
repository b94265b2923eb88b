"""Pages that belong to no room: files kept by their digest, the API's documentation, language, health."""

from __future__ import annotations

from pathlib import Path

import flask_openapi3_swagger
from flask import Blueprint, Response, current_app, redirect, render_template, send_from_directory, url_for
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader
from sqlalchemy import text
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import NotFound
from mes.core.files import FileStore, StoredFile, projects_of_file
from mes.core.text import N_, Text

ROOMS = Path(__file__).parents[1]
pages = Blueprint("documents", __name__)


def template_loader() -> BaseLoader:
    """Every room's templates; a room keeps its own below a folder of its name."""
    return ChoiceLoader([FileSystemLoader(folder) for folder in sorted(ROOMS.glob("*/templates"))])


def file_store() -> FileStore:
    """The running application's files."""
    store: FileStore = current_app.extensions["mes_files"]
    return store


@pages.get("/")
@web.public
def home() -> WerkzeugResponse:
    """Each role starts at its own page."""
    return redirect(url_for(navigation.home_endpoint()))


@pages.get("/files/<sha256>")
@web.permission("element:read")
def stored_file(sha256: str) -> Response:
    """A photo or document by its digest."""
    row = web.reading().get(StoredFile, sha256)
    scope = web.actor().project_ids
    if row is None or (scope is not None and not projects_of_file(web.reading(), sha256) & scope):
        raise NotFound(Text(N_("This file is not kept here")))
    response = Response(file_store().read(sha256), mimetype=row.media_type)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["Content-Disposition"] = "inline"
    return response


@pages.get("/api/docs")
@web.public
def api_docs() -> str:
    """The API's documentation, browsable."""
    return render_template("api_docs.html")


@pages.get("/api/docs/<path:name>")
@web.public
def api_docs_file(name: str) -> Response:
    """The documentation browser's own files, from its package."""
    return send_from_directory(Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger", name)


@pages.get("/health")
@web.public
def health() -> Response:
    """Whether the web server reaches its database; for supervisors."""
    web.reading().execute(text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain")
