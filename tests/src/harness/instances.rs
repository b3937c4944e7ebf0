//! Further function instances on the same tables and queues, each with its own cache.

use std::sync::Arc;

use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use config::IntegrationsConfig;
use dibs_http::axum::Router;
use integrations::Integrations;
use local::engine::Engines;
use local::routes::routes;
use runtime::{App, Tokens};
use serde_json::{Value, json};
use store::Store;

use super::{Caller, TestApp};

impl TestApp {
    /// Returns `users` new users, whose requests are spread over `instances` function instances.
    pub fn users_of(&self, instances: usize, users: usize) -> Vec<Caller> {
        let routers: Vec<Router> = (0..instances).map(|_| self.instance(&self.stack.engines)).collect();
        routers.iter().cycle().take(users).map(|router| self.user().served_by(router)).collect()
    }

    /// Returns the caller, whose requests go to another function instance with an empty cache.
    pub fn elsewhere(&self, caller: &Caller) -> Caller {
        caller.served_by(&self.instance(&self.stack.engines))
    }

    /// Returns the caller, whose requests go to an instance with lagging replicas: its eventually consistent
    /// batch reads find nothing.
    pub fn with_late_replicas(&self, caller: &Caller) -> Caller {
        let late = self.stack.engines.intercepted(&SharedInterceptor::new(LateReplicas));
        caller.served_by(&self.instance(&late))
    }

    /// Returns a caller without a token whose requests go to the function for paths that match no route.
    pub fn unmatched(&self) -> Caller {
        self.anonymous().served_by(&dibs_http::default_router(super::document(), self.app().clone()))
    }

    fn instance(&self, engines: &Engines) -> Router {
        let here = self.app().clone();
        let engines = engines.intercepted(&SharedInterceptor::new(self.recorder.clone()));
        let store = Store::new(engines.dynamo_client, engines.sqs_client, self.stack.deployed.names());
        let keys = serde_json::to_string(here.tokens().public()).expect("keys are JSON");
        let tokens = Tokens::new(Some(&keys), None).expect("they are keys");
        let integrations = || Integrations::new(IntegrationsConfig::default());
        let clock = move || here.now();
        let app = App::new(
            store,
            Arc::new(clock),
            Arc::new(rand::random::<u128>),
            tokens,
            config::Settings::default(),
            integrations,
        );
        dibs_http::router(routes(), app)
    }
}

#[derive(Debug)]
struct LateReplicas;

impl Intercept for LateReplicas {
    fn name(&self) -> &'static str {
        "LateReplicas"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        if request.headers().get("x-amz-target") != Some("DynamoDB_20120810.BatchGetItem") {
            return Ok(());
        }
        let mut call: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default())?;
        for (_, wanted) in call["RequestItems"].as_object_mut().into_iter().flatten() {
            if wanted["ConsistentRead"] != true {
                wanted["Keys"] = json!([{"pk": {"S": "not yet"}, "sk": {"S": "there"}}]);
            }
        }
        let call = call.to_string();
        request.headers_mut().insert("content-length", call.len().to_string());
        *request.body_mut() = call.into();
        Ok(())
    }
}
