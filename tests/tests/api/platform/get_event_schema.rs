//! Tests of `GET /event-schemas/{type}/{version}`, the JSON schemas of events.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::events::EventType;

#[tokio::test]
async fn schema_of_every_type_is_served_and_others_are_not_found() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    for kind in EventType::ALL {
        let path = format!("/event-schemas/{kind}/{}", kind.version());
        let reply = anybody.get(&path).await;
        assert_each_eq!(
            (reply.status, 200),
            (reply.header("content-type"), Some("application/schema+json")),
            (reply.header("cache-control"), Some("max-age=86400")),
            (reply.json["title"], kind.as_str()),
            (reply.json["properties"], kind.data_schema()["properties"]),
            (reply.json["required"], kind.data_schema()["required"])
        );
    }
    for path in ["/event-schemas/claim.granted/2", "/event-schemas/claim.lost/1", "/event-schemas/..%2fx/1"] {
        anybody.get(path).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}
