variable "deployed" {
  description = "Deployed functions by name: their deployed name, and the invocation ARN of their alias."
  type        = map(object({ function_name = string, alias_invoke_arn = string }))
}

variable "cors_origins" {
  description = "Origins of the web pages that may call the API."
  type        = list(string)

  validation {
    condition = alltrue([
      for origin in var.cors_origins :
      can(regex("^(https://[^/*]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]+)?)$", origin))
    ])
    error_message = "cors_origins: write origins as https://shop.example.com, without a path, and http:// only for localhost; cookies need them by name, so * will not do."
  }
}

variable "throttle" {
  description = "Limit of each route without a limit of its own: calls per second, and burst."
  type        = object({ rate = number, burst = number })

  validation {
    condition     = var.throttle.rate > 0 && var.throttle.burst > 0
    error_message = "throttle: write { rate = 2000, burst = 4000 }, both more than 0."
  }
}

variable "route_throttles" {
  description = "Limits of single routes, by method and path: calls per second, and burst."
  type        = map(object({ rate = number, burst = number }))

  validation {
    condition = alltrue([
      for route in keys(var.route_throttles) : contains(flatten(values(var.context.functions)[*].routes), route)
    ])
    error_message = "route_throttles: write routes as functions.json has them, as \"POST /api/v1/auth/login\"."
  }
}

variable "domain_name" {
  description = "Custom domain name of the API; empty for the name that AWS assigns."
  type        = string

  validation {
    condition     = var.domain_name == "" || can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "domain_name: write a name as api.example.com, or leave it empty."
  }
}

variable "hosted_zone_id" {
  description = "Id of the Route 53 zone that contains domain_name."
  type        = string

  validation {
    condition     = (var.domain_name == "") == (var.hosted_zone_id == "")
    error_message = "hosted_zone_id: write the id of the Route 53 zone in which domain_name is, as Z0123456789ABC; neither goes without the other."
  }
}

variable "enable_cdn" {
  description = "Whether CloudFront serves the API, caches public responses for a second, and limits writes per address with a web ACL."
  type        = bool
}

variable "enable_web" {
  description = "Whether CloudFront serves the web application too, on the same origin. Needs enable_cdn."
  type        = bool

  validation {
    condition     = !var.enable_web || var.enable_cdn
    error_message = "enable_cdn: leave it out, or set it to true; enable_web needs CloudFront."
  }
}

variable "web" {
  description = "Origin of the web application, as the module web gives it; null without enable_web."
  type = object({
    domain_name       = string
    access_control_id = string
    headers_policy_id = string
    function_arn      = string
  })
}

variable "requests_per_address" {
  description = "Maximum number of sign-ins and other writes that one address may send in five minutes."
  type        = number

  validation {
    condition     = var.requests_per_address >= 10 && var.requests_per_address <= 2000000000
    error_message = "requests_per_address: write a number from 10 to 2000000000; AWS takes no other."
  }
}
