"""Searches the workspace's assets: by text, by a library's name, or by what reviews have said.

python search_assets.py text lantern
python search_assets.py library "Hero props"
python search_assets.py review rejected
"""

import sys

from studio import URL, every, sign_in


def library_named(session, name):
    """The id of the library with this name."""
    for library in every(session, f"{URL}/workspaces/libraries"):
        if library["name"] == name:
            return library["id"]
    sys.exit(f"There is no library called {name}")


session = sign_in()
by, wanted = sys.argv[1:]
if by == "text":
    filters = {"query": wanted}
elif by == "library":
    filters = {"library_id": library_named(session, wanted)}
else:
    filters = {"reviewStatus": wanted}
for asset in every(session, f"{URL}/workspaces/assets/search", json={"filters": filters}):
    print(asset["file_location"] + asset["name"])
