//! List of the channels that have subscribers, by which relays know that there is somebody to tell.

use domain::Result;
use domain::live::{LiveTopic, Subscription};
use runtime::App;

/// Lists the channel of a topic for as long as the latest of its `subscriptions` can live, unless it is listed.
pub async fn ensure_listed(app: &App, topic: &LiveTopic, subscriptions: &[Subscription]) -> Result<()> {
    let Some(until) = subscriptions.iter().map(|subscription| subscription.ends_at).max() else {
        return Ok(());
    };
    if app.store().list_channels_cached(app.now()).await?.contains(&topic.channel()) {
        return Ok(());
    }
    app.store().list_channel(topic, until, app.nonce()).await
}

/// Removes the channel of a topic from the list if it has no subscribers.
pub async fn unlist_if_empty(app: &App, topic: &LiveTopic) -> Result<()> {
    // A client that subscribes after the second read and lists the channel anew changes its nonce. One that still
    // knew it as listed has sent a message that comes some seconds later, upon which it is listed again.
    let Some(listed) = app.store().get_listed_channel_if_exists(topic).await? else { return Ok(()) };
    if app.store().is_channel_empty(topic).await? {
        app.store().unlist_channel(&listed).await?;
    }
    Ok(())
}
