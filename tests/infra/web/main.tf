# CloudFront with and without the web application, to be planned: the modules by themselves, with two functions, take
# seconds. And the bucket with its files, to be applied, for a distribution that the local AWS does not have.

variable "directory" {
  description = "Directory with the built web application that CloudFront serves."
  type        = string
}

variable "release" {
  description = "Directory with the built web application that is applied."
  type        = string
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

  deployed = {
    for name in keys(local.context.functions) : name => {
      function_name    = name
      alias_invoke_arn = "arn:aws:lambda:eu-central-1:123456789012:function:${name}:live"
    }
  }
}

module "web" {
  source           = "../../modules/web"
  context          = local.context
  directory        = var.directory
  distribution_arn = one(module.with_web.cdn_arns)
}

module "bucket" {
  source           = "../../modules/web"
  context          = local.context
  directory        = var.release
  distribution_arn = "arn:aws:cloudfront::123456789012:distribution/E1A2B3C4D5E6F7"
}

module "with_web" {
  source     = "../../modules/api"
  enable_web = true
  web        = module.web.origin

  context              = local.context
  deployed             = local.deployed
  cors_origins         = []
  throttle             = { rate = 100, burst = 200 }
  route_throttles      = {}
  domain_name          = ""
  hosted_zone_id       = ""
  enable_cdn           = true
  requests_per_address = 30000

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}

module "without_web" {
  source     = "../../modules/api"
  enable_web = false
  web        = null

  context              = local.context
  deployed             = local.deployed
  cors_origins         = []
  throttle             = { rate = 100, burst = 200 }
  route_throttles      = {}
  domain_name          = ""
  hosted_zone_id       = ""
  enable_cdn           = true
  requests_per_address = 30000

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}
