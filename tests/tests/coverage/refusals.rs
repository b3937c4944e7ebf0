//! Tests of the refusals that all routes of a kind have in common.

use dibs_http::{Access, Route};
use dibs_tests::harness::{Caller, TestApp};
use domain::accounts::Role;
use local::routes::routes;
use store::schema::REVOKED;

use super::filled;

/// Returns a new caller with a role that the route accepts.
fn accepted(app: &TestApp, route: &Route) -> Caller {
    match route.operation().access {
        Access::Open => app.anonymous(),
        Access::SignedIn => app.user(),
        Access::Roles(roles) => app.with_roles(&roles[..1]),
    }
}

#[tokio::test]
async fn unreadable_body_is_refused_by_every_route_that_reads_one() {
    let app = TestApp::start().await;
    let mut count = 0;
    for route in routes() {
        let operation = route.operation();
        // A signed body is read after its signature was verified: see api/wallet/handle_payment_callback.rs.
        if (operation.body.is_none() && !operation.refuses_bodies) || operation.signed {
            continue;
        }
        for path in route.paths {
            // The ids of reservations and orders are read before the body.
            let path = filled(path)
                .replace("tions/none", "tions/usr_none:1")
                .replace("ders/none", "ders/usr_none:1");
            let call = || accepted(&app, route).call(route.method, &path);
            let json = "application/json";
            call().raw(json, "{\"a\": ").await.refused(400, "BAD_JSON");
            call().raw(json, "{\"a\": {\"b\": 1, \"b\": 1}}").await.refused(400, "DUPLICATE_MEMBER");
            call().raw("text/csv", "{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
            call().raw(json, " ".repeat(route.body_bytes_max + 1)).await.refused(413, "PAYLOAD_TOO_LARGE");
            if operation.refuses_bodies {
                call().raw(json, "{\"a\": 1}").await.invalid(&["a"]);
            }
            count += 1;
        }
    }
    assert!(count > 30, "{count} paths take a body");
    app.finish().await;
}

#[tokio::test]
async fn staff_is_refused_by_every_route_of_staff_while_revocations_cannot_be_read() {
    let app = TestApp::start().await;
    app.drop_table(&REVOKED).await;
    let mut count = 0;
    for route in routes() {
        let Access::Roles(roles) = route.operation().access else { continue };
        if roles.contains(&Role::User) {
            continue;
        }
        for role in roles {
            let caller = app.with_roles(&[*role]);
            for path in route.paths {
                let reply = caller.call(route.method, &filled(path)).await;
                reply.refused(503, "ACCESS_UNCONFIRMED");
            }
            count += 1;
        }
    }
    assert!(count > 50, "{count} pairs of a route and a role");
    app.abandon();
}

#[tokio::test]
async fn staff_without_an_authenticator_app_can_only_enrol_one_where_staff_need_it() {
    let settings = config::Settings { require_staff_totp: true, ..config::Settings::default() };
    let app = TestApp::with_settings(settings).await;
    let (mut count, mut exempt) = (0, Vec::new());
    for route in routes() {
        let operation = route.operation();
        if operation.access == Access::Open {
            continue;
        }
        if operation.may_lack_totp {
            exempt.push(route.name);
            continue;
        }
        for path in route.paths {
            let reply = app.admin().call(route.method, &filled(path)).await;
            reply.refused(403, "TOTP_ENROLMENT_REQUIRED");
            count += 1;
        }
    }
    assert!(count > 60, "{count} paths refuse staff");
    let own = ["get-account", "list-sessions", "end-session", "create-totp", "confirm-totp", "delete-totp"];
    assert_eq!(exempt, own.map(|name| format!("accounts-{name}")));
    app.finish().await;
}
