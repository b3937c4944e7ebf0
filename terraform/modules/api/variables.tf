variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "functions" {
  description = "The entries of functions.json, by name."
  type        = any
}

variable "deployed" {
  description = "The deployed functions, by name."
  type        = map(object({ function_name = string, alias_invoke_arn = string }))
}

variable "cors_origins" {
  description = "The web pages that may call the API."
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
  description = "Calls a second of each route that has no limit of its own, and how many at once."
  type        = object({ rate = number, burst = number })

  validation {
    condition     = var.throttle.rate > 0 && var.throttle.burst > 0
    error_message = "throttle: write { rate = 2000, burst = 4000 }, both more than 0."
  }
}

variable "route_throttles" {
  description = "Limits of single routes, by method and path."
  type        = map(object({ rate = number, burst = number }))

  validation {
    condition = alltrue([
      for route in keys(var.route_throttles) : contains(flatten([for entry in values(var.functions) : try(entry.routes, [])]), route)
    ])
    error_message = "route_throttles: write routes as functions.json has them, as \"POST /api/v1/auth/login\"."
  }
}

variable "log_retention_days" {
  description = "How long the access log is kept."
  type        = number
}

variable "domain_name" {
  description = "The API's own name; empty for the one that AWS gives."
  type        = string

  validation {
    condition     = var.domain_name == "" || can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "domain_name: write a name as api.example.com, or leave it empty."
  }
}

variable "hosted_zone_id" {
  description = "The Route 53 zone of that name."
  type        = string

  validation {
    condition     = (var.domain_name == "") == (var.hosted_zone_id == "")
    error_message = "hosted_zone_id: write the id of the Route 53 zone in which domain_name is, as Z0123456789ABC; neither goes without the other."
  }
}

variable "enable_cdn" {
  description = "Whether CloudFront stands in front, with a web ACL, and keeps for a second what everybody asks for."
  type        = bool
}

variable "requests_per_address" {
  description = "How many sign-ins and other writes the web ACL lets one address make in five minutes."
  type        = number

  validation {
    condition     = var.requests_per_address >= 10 && var.requests_per_address <= 2000000000
    error_message = "requests_per_address: write a number from 10 to 2000000000; AWS takes no other."
  }
}
