// Words of what fails, and what to do then.

export const problems = {
  unreachable: "The server can't be reached. Check the connection; this page tries again by itself.",
  unexpected: (status: number) => `The server answered ${status} without saying why. Try again in a moment.`,
  title: "That did not work",
  again: "Try again",
  offline: "You are offline. What is shown may be old; changes wait until the connection is back.",
  page: "This page has failed",
  pageHint: "Load it again. If it fails again, tell your administrator what you did.",
  reload: "Load again",
  missing: "There is nothing here",
  missingHint: "The address may be wrong, or it was moved or deleted.",
  home: "To the assets",
  requestId: (id: string) => `Request ${id}`,
  requestIs: (id: string) => `The request is ${id}.`,
};

/** What the API says, in the words of somebody who knows no requests. */
export const instead: Record<string, string> = {
  workspace_forbidden:
    "This workspace is not open to you. Ask its administrator to let you in, or go to another.",
  role_missing: "Your role doesn't allow this. An administrator can give you another, on the page Members.",
  csrf_refused: "This page no longer fits how you are signed in. Load it again.",
  account_suspended: "The account is closed. Whoever runs the server can open it again.",
  internal: "Something went wrong in the server. Try again; if it fails again, tell whoever runs the server.",
};

/** What to do about what the API says. */
export const whatToDo: Record<string, string> = {
  not_found: "It may have been deleted meanwhile, or was never open to you.",
  name_taken: "Choose another name, or rename what has it.",
  precondition_failed: "Somebody else changed it meanwhile; load the page again.",
  limit_reached: "“Plan and storage” shows how much that is.",
  too_many_requests: "Wait a moment, then try again.",
  request_timeout: "The connection may be slow; try again.",
  body_too_large: "Choose a smaller file.",
  storage_full: "Whoever runs the server must make room first.",
};
