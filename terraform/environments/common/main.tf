# Root module of every environment. Environments differ only in terraform.tfvars.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  schema = jsondecode(file("${path.root}/../../schema.json"))

  # Only values that are known before any resource exists. What one module creates for another is an input of its own:
  # in an object that every module depends on it would be a dependency cycle.
  context = {
    environment        = var.environment
    prefix             = "dibs-${var.environment}"
    partition          = data.aws_partition.current.partition
    region             = var.region
    account_id         = data.aws_caller_identity.current.account_id
    log_retention_days = var.log_retention_days
    alarm_email        = var.alarm_email
    functions          = jsondecode(file("${path.root}/../../functions.json"))
  }

  # Domain of the sender of mails, which SES verifies; empty without mails.
  mail_domain = var.mail_from == "" ? "" : trimsuffix(split("@", var.mail_from)[1], ">")

  # CloudFront carries the web application, so it is there with the web unless it is refused, which is an error.
  enable_cdn = coalesce(var.enable_cdn, var.enable_web)
}

module "network" {
  source              = "../../modules/network"
  context             = local.context
  vpc_cidr            = var.vpc_cidr
  subnets             = var.subnets
  enable_nat          = var.enable_nat
  interface_endpoints = var.interface_endpoints
}

module "data" {
  source                 = "../../modules/data"
  context                = local.context
  tables                 = local.schema.tables
  deletion_protection    = var.deletion_protection
  point_in_time_recovery = var.point_in_time_recovery
  warm_throughput        = var.warm_throughput
}

module "audit" {
  source         = "../../modules/audit"
  context        = local.context
  retention_days = var.audit_retention_days
  lock_mode      = var.audit_lock_mode
}

module "messaging" {
  source                 = "../../modules/messaging"
  context                = local.context
  queues                 = local.schema.queues
  deployed               = module.functions.functions
  tables                 = module.data.tables
  path                   = module.iam.path
  boundary_arn           = module.iam.boundary_arn
  worker_concurrency_max = var.worker_concurrency_max
  event_archive_days     = var.event_archive_days
  mail_domain            = local.mail_domain
}

module "functions" {
  source               = "../../modules/functions"
  context              = local.context
  directory            = var.lambda_directory
  architecture         = var.architecture
  role_arns            = module.iam.role_arns
  tables               = module.data.tables
  queues               = module.messaging.queues
  audit_bucket         = module.audit.bucket.name
  jwks                 = file(var.jwks_file)
  parties              = { condition_url = var.condition_url, fulfilment_url = var.fulfilment_url, provider_url = var.provider_url }
  callback_url         = var.provider_url == "" ? "" : "${module.api.address}/api/v1/payments/callbacks"
  mail                 = { from = var.mail_from, links_url = var.links_url == "" ? module.api.address : var.links_url }
  log_level            = var.log_level
  network              = module.network.for_functions
  secret_recovery_days = var.point_in_time_recovery ? 30 : 0
  behind_cdn           = local.enable_cdn
  origin_secret        = module.api.origin_secret
  sockets_url          = module.api.sockets.management_url
  event_schemas_url    = "${module.api.address}/api/v1/event-schemas"
  settings = {
    self_charge                = var.self_charge
    external_checks_per_minute = var.external_checks_per_minute
    registrations_per_hour     = var.registrations_per_hour
    strict_passwords           = var.strict_passwords
    email_hash_days            = var.email_hash_days
    require_confirmed_email    = var.require_confirmed_email
    require_staff_totp         = var.require_staff_totp
    events_alone               = var.events_alone
    time_zone                  = var.time_zone
    live_sockets               = var.live_sockets
  }
}

# The web's origin is taken by its index: a reference to all instances would wait for the bucket's policy, which waits for
# the distribution.
module "api" {
  source               = "../../modules/api"
  context              = local.context
  deployed             = module.functions.functions
  cors_origins         = var.cors_origins
  throttle             = var.throttle
  route_throttles      = var.route_throttles
  domain_name          = var.domain_name
  hosted_zone_id       = var.hosted_zone_id
  enable_cdn           = local.enable_cdn
  enable_web           = var.enable_web
  web                  = var.enable_web ? module.web[0].origin : null
  requests_per_address = var.requests_per_address

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}

module "web" {
  source           = "../../modules/web"
  count            = var.enable_web ? 1 : 0
  context          = local.context
  directory        = var.web_directory
  distribution_arn = one(module.api.cdn_arns)
}

module "iam" {
  source                  = "../../modules/iam"
  context                 = local.context
  tables                  = module.data.tables
  queues                  = module.messaging.queues
  stream_dead_letters_arn = module.messaging.stream_dead_letters.arn
  secrets                 = module.functions.secrets
  secrets_of              = module.functions.secrets_of
  log_group_arn           = module.functions.log_group.arn
  audit_bucket_arn        = module.audit.bucket.arn
  in_vpc                  = var.enable_nat
  mail_domain             = local.mail_domain
  account_wide            = var.account_wide
  github_repository       = var.github_repository
  github_owner_id         = var.github_owner_id
  github_repository_id    = var.github_repository_id
  state_bucket            = var.state_bucket
  api_id                  = module.api.api_id
  sockets                 = module.api.sockets
  cdn_arns                = module.api.cdn_arns
  web_headers_policy_arns = module.web[*].headers_policy_arn
  enable_groups           = var.enable_groups
}

module "monitoring" {
  source              = "../../modules/monitoring"
  context             = local.context
  deployed            = module.functions.functions
  api_id              = module.api.api_id
  sockets_api_id      = module.api.sockets.api_id
  queues              = module.messaging.queues
  stream_dead_letters = module.messaging.stream_dead_letters.name
  function_log        = module.functions.log_group.name
  access_log          = module.api.access_log
}

module "account" {
  source     = "../../modules/account"
  count      = var.account_wide ? 1 : 0
  context    = local.context
  budget_usd = var.budget_usd
}
