"""The list of a recall on paper (召回清单): what was asked, what was found and where it is, and the reverse proof."""
