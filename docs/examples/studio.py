"""Signs in to a studio. The examples beside this file begin with it.

The environment says where and as whom: MUDLARK_URL, MUDLARK_ACCOUNT_ID, MUDLARK_WORKSPACE_ID, MUDLARK_KEY and
MUDLARK_SECRET.
"""

import os
from urllib.parse import urljoin

import requests

URL = os.environ["MUDLARK_URL"]


def sign_in():
    """Gives a session that is signed in; whatever the server refuses raises."""
    account = os.environ["MUDLARK_ACCOUNT_ID"]
    credentials = {"account_id": account, "key": os.environ["MUDLARK_KEY"], "secret": os.environ["MUDLARK_SECRET"]}
    answer = requests.post(f"{URL}/auth/token", json=credentials, timeout=30)
    answer.raise_for_status()

    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()}"
    session.headers["x-account-id"] = account
    session.headers["x-workspace-id"] = os.environ["MUDLARK_WORKSPACE_ID"]
    session.hooks["response"].append(lambda answer, *args, **kwargs: answer.raise_for_status())
    return session


def every(session, url, **options):
    """Gives the objects of a list one by one, page after page."""
    while url:
        answer = session.get(url, **options)
        yield from answer.json()
        url = urljoin(url, answer.links["next"]["url"]) if "next" in answer.links else None
