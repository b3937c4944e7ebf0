# The modules api and web by themselves, with two functions: what is planned for CloudFront with and without the web is
# seen in seconds. tests/infra/run plans both, and applies the bucket to the local AWS.

variable "directory" {
  type = string
}

variable "enable_web" {
  type    = bool
  default = true
}

variable "enable_cdn" {
  type    = bool
  default = true
}

locals {
  context = {
    environment        = "dev"
    prefix             = "dibs-dev"
    partition          = "aws"
    region             = "eu-central-1"
    account_id         = "123456789012"
    log_retention_days = 7
    alarm_email        = ""
    functions = {
      platform-default = { routes = ["$default"] }
      live-follow      = { source = { socket = "$default" } }
    }
  }
}

module "web" {
  source           = "../../modules/web"
  count            = var.enable_web ? 1 : 0
  context          = local.context
  directory        = var.directory
  distribution_arn = one(module.api.cdn_arns)
}

module "api" {
  source               = "../../modules/api"
  context              = local.context
  cors_origins         = []
  throttle             = { rate = 100, burst = 200 }
  route_throttles      = {}
  domain_name          = ""
  hosted_zone_id       = ""
  enable_cdn           = var.enable_cdn
  enable_web           = var.enable_web
  web                  = var.enable_web ? module.web[0].origin : null
  requests_per_address = 30000

  deployed = {
    for name in keys(local.context.functions) : name => { function_name = name, alias_invoke_arn = "arn:aws:lambda:eu-central-1:123456789012:function:${name}:live" }
  }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}
