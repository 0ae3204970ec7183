//! `mudlark demo`: a server with an account, a workspace, a key and sample art, and the lines to paste.
//! The art goes in by the same steps as any upload.

mod files;
mod seed;

use std::io::Write;

use crate::clock::Clock;
use crate::config::Settings;
use crate::serve;

/// Runs the demonstration until SIGINT or SIGTERM.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    serve::runtime()?.block_on(async {
        eprintln!("mudlark: opening {} …", settings.data.display());
        let server = serve::start(settings.clone(), Clock::system()).await?;
        let demo = seed::seed(&server, settings).await?;
        print_lines(&format!("http://{}", server.address()), &demo)?;
        serve::announce(&server)?;
        serve::wait_for_signal().await?;
        eprintln!("mudlark: stopping …");
        server.stop().await;
        Ok(())
    })
}

/// Prints the ids and the lines that work when pasted.
fn print_lines(base: &str, demo: &seed::Demo) -> anyhow::Result<()> {
    let seed::Demo { account_id, workspace_id, key, secret, link, asset_id, asset_path } = demo;
    let mut out = std::io::stdout().lock();
    write!(
        out,
        r#"
Mudlark is running at {base}   (API reference: {base}/docs)

  account    {account_id}   (plan pro)
  workspace  {workspace_id}
  key        {key}
  secret     {secret}
  asset      {asset_id}   ({asset_path})

Open this in a browser, choose a password for artist@mudlark.example, and you are signed in. It is good for 24 hours and once.

  {link}

Paste these into another terminal.

# 1. Get a token.
TOKEN=$(curl -sS {base}/auth/token -H 'Content-Type: application/json' \
  -d '{{"account_id":"{account_id}","key":"{key}","secret":"{secret}"}}' | tr -d '"')

# 2. Read an asset.
curl -sS {base}/workspace/assets/{asset_id} \
  -H "Authorization: Bearer $TOKEN" -H 'x-account-id: {account_id}' -H 'x-workspace-id: {workspace_id}'

# 3. Upload a file of your own, in three steps. (Any file: set FILE to yours.)
FILE=${{FILE:-/etc/hostname}}
UPLOAD=$(curl -sS {base}/workspaces/assets/upload -H 'Content-Type: application/json' \
  -H "Authorization: Bearer $TOKEN" -H 'x-account-id: {account_id}' -H 'x-workspace-id: {workspace_id}' \
  -d "{{\"name\":\"$(basename "$FILE")\"}}")
SIGNED_URL=$(printf %s "$UPLOAD" | sed 's/.*"signed_url":"\([^"]*\)".*/\1/')
KEY=$(printf %s "$UPLOAD" | sed 's/.*"key":"\([^"]*\)".*/\1/')
curl -sS -X PUT -H 'Content-Type:' --data-binary @"$FILE" "$SIGNED_URL"
ASSET=$(curl -sS {base}/workspaces/assets/upload/assets -H 'Content-Type: application/json' \
  -H "Authorization: Bearer $TOKEN" -H 'x-account-id: {account_id}' -H 'x-workspace-id: {workspace_id}' \
  -d "{{\"temp_file_key\":\"$KEY\",\"original_file_name\":\"$(basename "$FILE")\",\"file_location\":\"/Uploads\"}}" \
  | sed 's/^{{"id":"\([^"]*\)".*/\1/')
echo "uploaded as asset $ASSET"

# 4. Download it and compare its SHA-256: two equal lines.
sha256sum < "$FILE"
curl -sS {base}/workspaces/assets/$ASSET/download \
  -H "Authorization: Bearer $TOKEN" -H 'x-account-id: {account_id}' -H 'x-workspace-id: {workspace_id}' | sha256sum

Ctrl-C stops the server. Everything it holds is in the data folder; delete the folder to begin anew.
"#
    )?;
    out.flush()?;
    Ok(())
}
