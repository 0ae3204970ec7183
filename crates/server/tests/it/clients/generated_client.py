"""Uses a client that a stock generator has made of the document, and prints what the server answered it."""

import json
import os
import sys
from io import BytesIO
from uuid import UUID

folder, base, key, secret, account, workspace = sys.argv[1:]
sys.path.insert(0, os.path.dirname(folder))

from mudlark import AuthenticatedClient, Client  # noqa: E402
from mudlark.api.accounts import list_account_workspaces  # noqa: E402
from mudlark.api.assets import create_asset, find_asset  # noqa: E402
from mudlark.api.authentication import create_token  # noqa: E402
from mudlark.api.comments import create_comment, list_comments  # noqa: E402
from mudlark.api.folders import create_folder  # noqa: E402
from mudlark.api.tasks import create_task, list_tasks  # noqa: E402
from mudlark.models import (  # noqa: E402
    ErrorBody,
    NewAssetInput,
    NewCommentInput,
    NewFolderInput,
    NewTaskInput,
    TokenRequest,
)
from mudlark.types import File  # noqa: E402

token = create_token.sync(client=Client(base), body=TokenRequest(key=key, secret=secret, account_id=UUID(account)))
client = AuthenticatedClient(base, token)
in_account = {"client": client, "x_account_id": account}
in_workspace = in_account | {"x_workspace_id": workspace}

workspaces = list_account_workspaces.sync(**in_account)
made = create_folder.sync(body=NewFolderInput(path="/Concepts/Robot"), **in_workspace)
file = File(payload=BytesIO(b"pixels"), file_name="robot.png", mime_type="image/png")
asset = create_asset.sync(body=NewAssetInput(file=file, file_location=made.path), **in_workspace)
create_comment.sync(asset.id, body=NewCommentInput(content="Dim the eye"), **in_workspace)
create_task.sync(body=NewTaskInput(title="Dim it", asset_id=asset.id), **in_workspace)
refused = find_asset.sync(asset_id=UUID(int=7), **in_workspace)
assert isinstance(refused, ErrorBody), refused
print(
    json.dumps(
        {
            "workspaces": [workspace.name for workspace in workspaces],
            "asset": [asset.file_location, asset.name, asset.current_version.size],
            "comments": [comment.content for comment in list_comments.sync(asset.id, **in_workspace)],
            "tasks": [[task.title, task.priority, task.asset.name] for task in list_tasks.sync(**in_workspace)],
            "refused": refused.code,
        }
    )
)
