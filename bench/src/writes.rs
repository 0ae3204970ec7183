//! Rates of small durable writes in a full database: comments, tags, statuses. Each must reach a rate of its own, as there is no
//! reference that does as much.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use crate::client::Load;
use crate::program::text;
use crate::report::{Verdict, median};
use crate::run::Run;

/// What each must reach. *Units*: a second.
const BOUND_PER_S: f64 = 500.0;

/// More of each than are sent in a run: a tag that an asset has already would be no write.
const REQUESTS: usize = 40_000;

/// Tags that assets are given.
const TAGS: usize = 40;

/// Comments on, tags of and statuses of assets picked at random, from as many clients as the rest.
pub(crate) fn measure_writes(run: &mut Run<'_>) -> Result<()> {
    let api = run.log_in()?;
    let statuses = api.ask(run.runtime, &api.get_request("/workspaces/assetStatuses"))?;
    let statuses = statuses.as_array().context("no statuses")?;
    let statuses = statuses.iter().map(|status| text(status, "id")).collect::<Result<Vec<_>>>()?;
    let ids = run.kept.pick(REQUESTS / TAGS)?;
    let mut writes = [("comments", Vec::new()), ("tags", Vec::new()), ("statuses", Vec::new())];
    for number in 0..REQUESTS {
        let path = format!("/workspaces/assets/{}", ids[number % ids.len()]);
        let comment = json!({ "content": format!("Looks good to me, but for the left arm ({number}).") });
        let tag = json!([format!("benchmark tag {}", number / ids.len())]);
        let status = json!({ "status_id": statuses[(number / ids.len()) % statuses.len()] });
        writes[0].1.push(api.json_request("POST", &format!("{path}/comments"), &comment));
        writes[1].1.push(api.json_request("POST", &format!("{path}/tags"), &tag));
        writes[2].1.push(api.json_request("PATCH", &path, &status));
    }
    for (what, requests) in writes {
        let load = Load {
            addresses: vec![run.server.address],
            requests: Arc::new(requests),
            clients: run.options.clients,
        };
        let mut rates = Vec::new();
        for _ in 0..run.options.rounds {
            let tally = run.runtime.block_on(load.run(Duration::from_secs_f64(run.options.seconds)))?;
            rates.push(tally.rate_per_s);
        }
        let rate = median(rates.into_iter());
        run.report.verdicts.push(Verdict {
            name: format!("durable {what}, {} clients", run.options.clients),
            found: format!("{rate:.0} a second"),
            bound: format!("at least {BOUND_PER_S:.0}"),
            holds: rate >= BOUND_PER_S,
        });
    }
    Ok(())
}
