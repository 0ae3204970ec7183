"""Invites people to the workspace, each as a member of the account who edits art.

python invite_users.py mika@studio.example sam@studio.example
"""

import os
import sys

from studio import URL, sign_in

session = sign_in()
workspace = os.environ["MUDLARK_WORKSPACE_ID"]
roles = ["member", "manage_art"]
people = [{"email": email, "roles": roles, "workspace_ids": [workspace]} for email in sys.argv[1:]]
for invite in session.post(f"{URL}/accounts/invites", json={"users": people}).json():
    print(invite["email"], "until", invite["expires_at"])
