// Words of the ways of signing in beside a password.
export const signInWays = {
  or: "or",
  passkey: "Sign in with a passkey",
  openid: (name: string) => `Sign in with ${name}`,
  none: "No way of signing in is open here at this address. Your administrator can tell you the right one.",
  forgotten: "Forgot your password?",
  letterTitle: "A link for a new password",
  letterLead: "It comes by e-mail to the address that you sign in with, and is good for an hour.",
  letterSend: "Send it",
  letterSent:
    "If somebody here has this address, a letter is on its way. Nothing there after some minutes? Look where unwanted mail goes, or ask your administrator for a link.",
  problems: {
    openid_unavailable:
      "The studio's sign-in does not answer as it should. Try again in a moment; if it stays so, tell your administrator.",
    openid_refused: "The studio's sign-in has not let you in, or you have gone back. Try again.",
    openid_stale: "That took too long, or began in another window. Try again.",
    openid_unverified:
      "The studio's sign-in has not confirmed your e-mail address. Confirm it there, or ask your administrator.",
    openid_unknown:
      "Nobody here has your e-mail address. Ask an administrator of your account for an invite.",
    openid_taken:
      "Somebody else has signed in here with your e-mail address before. Ask your administrator to look into it.",
  } as Record<string, string>,
};

export const passkeyWords = {
  title: "Passkeys",
  lead: "Sign in with your fingerprint, your face or your device's PIN, without a password.",
  none: "You have no passkey yet.",
  make: "Make a passkey",
  making: "Your device asks you…",
  name: "What to call it",
  nameHint: "So that you know it again: the device it is on.",
  password: "Your password",
  passwordHint: "Needed since you signed in some time ago.",
  made: "The passkey is made. Next time you can sign in with it.",
  rename: "Rename",
  forget: "Remove",
  forgetAsk: (name: string) => `Remove the passkey “${name}”?`,
  forgetHint: "It opens nothing here any more. Remove it from your device too, which goes on offering it.",
  forgotten: "The passkey is removed.",
  never: "not used yet",
  used: (when: string) => `used ${when}`,
  closed: "Passkeys need the server's https address; ask your administrator for it.",
  unsupported: "This browser is too old for passkeys. Update it, or use another one.",
};
