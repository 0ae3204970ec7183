"""Sets the status "In Progress" on every asset that nobody has touched for two weeks."""

from datetime import UTC, datetime, timedelta

from studio import URL, every, sign_in

session = sign_in()
statuses = {status["name"]: status["id"] for status in session.get(f"{URL}/workspaces/assetStatuses").json()}
in_progress = statuses["In Progress"]

two_weeks_ago = datetime.now(UTC) - timedelta(weeks=2)
filters = {"updated_before": two_weeks_ago.isoformat()}
# Changing an asset takes it out of the search, so all are found first.
stale = list(every(session, f"{URL}/workspaces/assets/search", json={"filters": filters}))
for asset in stale:
    if asset["status_id"] != in_progress:
        session.patch(f"{URL}/workspaces/assets/{asset['id']}", json={"status_id": in_progress})
        print(asset["file_location"] + asset["name"])
