"""Prints the assets on which there is still something to do, with what it is."""

from studio import URL, every, sign_in

session = sign_in()
outstanding = {}
for task in every(session, f"{URL}/workspaces/tasks"):
    if task["asset"] and task["status"] != "Completed":
        path = task["asset"]["file_location"] + task["asset"]["name"]
        outstanding.setdefault(path, []).append(f"{task['title']} ({task['priority']}, {task['status']})")

for path in sorted(outstanding):
    print(path, *outstanding[path], sep="\n    ")
