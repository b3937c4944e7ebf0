variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "environment" {
  description = "The environment, as logs and metrics name it."
  type        = string
}

variable "functions" {
  description = "The entries of functions.json, by name."
  type        = any
}

variable "directory" {
  description = "Directory of the build: <domain>/bootstrap.zip for each domain."
  type        = string
}

variable "architecture" {
  description = "arm64, or x86_64: that for which the zips were built."
  type        = string

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture: write arm64 or x86_64, for which the zips were built."
  }
}

variable "role_arns" {
  description = "The role of each function, by name."
  type        = map(string)
}

variable "tables" {
  description = "The tables by short name, with their deployed names."
  type        = map(object({ name = string }))
}

variable "queues" {
  description = "The queues by short name, with their URLs and how long a received message stays hidden."
  type        = map(object({ url = string, visibility_s = number }))
}

variable "jwks" {
  description = "The public keys of access tokens, as a JWKS document."
  type        = string
}

variable "parties" {
  description = "Where the outside services are: condition_url, fulfilment_url, provider_url; empty for none."
  type = object({
    condition_url  = string
    fulfilment_url = string
    provider_url   = string
  })

  validation {
    condition     = alltrue([for url in values(var.parties) : url == "" || can(regex("^https://[^/@#:]+(:443)?(/[^@#]*)?$", url))])
    error_message = "parties: write each URL as https://example.com/path, without a user name, a fragment and another port than 443, or leave it empty."
  }
}

variable "callback_url" {
  description = "Where the payment provider reports."
  type        = string
}

variable "behind_cdn" {
  description = "Whether CloudFront stands in front, so that the addresses of callers are not theirs."
  type        = bool
}

variable "origin_secret" {
  description = "Value of the header by which functions know a call that CloudFront passed on; null without CloudFront."
  type        = string
  sensitive   = true
}

variable "settings" {
  description = "Settings of the deployment; null leaves one to the default of the environment, which is strict for prod."
  type = object({
    self_charge                = bool
    external_checks_per_minute = number
    registrations_per_hour     = number
    strict_passwords           = bool
    email_hash_days            = number
  })

  validation {
    condition = alltrue([
      for name in ["external_checks_per_minute", "registrations_per_hour", "email_hash_days"] :
      try(
        var.settings[name] >= 0 && floor(var.settings[name]) == var.settings[name] &&
        var.settings[name] <= (name == "registrations_per_hour" ? 1000 : 4294967295),
        var.settings[name] == null
      )
    ])
    error_message = "settings: write whole numbers for external_checks_per_minute, registrations_per_hour (0 for no limit, at most 1000) and email_hash_days."
  }
}

variable "log_level" {
  description = "What the functions log: info is a line for each call."
  type        = string

  validation {
    condition     = can(regex("^(error|warn|info|debug)(,[a-z_0-9]+=(error|warn|info|debug))*$", var.log_level))
    error_message = "log_level: write error, warn, info or debug, and behind it what is otherwise for a crate, as info,dibs_store=debug."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days
    )
    error_message = "log_retention_days: AWS knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731 and whole numbers of years up to ten (1096, 1827, 2192, 2557, 2922, 3288, 3653); write one of these."
  }
}

variable "network" {
  description = "Where functions that call out run; null for outside the VPC."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
}

variable "secret_recovery_days" {
  description = "How long a deleted secret can be brought back."
  type        = number
}
