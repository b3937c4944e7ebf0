variable "directory" {
  description = "Directory with the built zips: <domain>/bootstrap.zip for each domain."
  type        = string
}

variable "architecture" {
  description = "Processor architecture for which the zips were built: arm64 or x86_64."
  type        = string

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture: write arm64 or x86_64, for which the zips were built."
  }
}

variable "role_arns" {
  description = "ARN of each function's role, by the function's name."
  type        = map(string)
}

variable "tables" {
  description = "Tables by short name, with their deployed names."
  type        = map(object({ name = string }))
}

variable "queues" {
  description = "Queues by short name, with their URLs and visibility timeouts in seconds."
  type        = map(object({ url = string, visibility_s = number }))
}

variable "audit_bucket" {
  description = "Name of the bucket with the archive of the audit."
  type        = string
}

variable "jwks" {
  description = "Public keys of access tokens, as a JWKS document."
  type        = string
}

variable "parties" {
  description = "URLs of the outside services; empty for none."
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

variable "mail" {
  description = "Sender of mails, empty for none, and the URL with which links in mails begin."
  type        = object({ from = string, links_url = string })
}

variable "callback_url" {
  description = "URL at which the payment provider reports payments."
  type        = string
}

variable "behind_cdn" {
  description = "Whether CloudFront serves the API, so that the address of a connection is not the caller's."
  type        = bool
}

variable "origin_secret" {
  description = "Value of the header by which functions recognize a request that CloudFront forwarded; null without CloudFront."
  type        = string
  sensitive   = true
}

variable "settings" {
  description = "Settings of the functions; null for the default of the environment, which is strict for prod."
  type = object({
    self_charge                = bool
    external_checks_per_minute = number
    registrations_per_hour     = number
    strict_passwords           = bool
    email_hash_days            = number
    require_confirmed_email    = bool
    require_staff_totp         = bool
    events_alone               = bool
    time_zone                  = string
    live_sockets               = number
  })

  validation {
    condition = alltrue([
      for name in ["external_checks_per_minute", "registrations_per_hour", "email_hash_days", "live_sockets"] :
      try(
        var.settings[name] >= 0 && floor(var.settings[name]) == var.settings[name] &&
        var.settings[name] <= (name == "registrations_per_hour" ? 1000 : 4294967295),
        var.settings[name] == null
      )
    ])
    error_message = "settings: write whole numbers for external_checks_per_minute, registrations_per_hour (0 for no limit, at most 1000), email_hash_days and live_sockets."
  }
}

variable "event_schemas_url" {
  description = "Address of the schemas of domain events. It is apart from the settings, since it is unknown until the API exists, and Terraform checks no setting before all of them are known."
  type        = string
}

variable "log_level" {
  description = "Log level of the functions: error, warn, info or debug. With info, each call logs one line."
  type        = string

  validation {
    condition     = can(regex("^(error|warn|info|debug)(,[a-z_0-9]+=(error|warn|info|debug))*$", var.log_level))
    error_message = "log_level: write error, warn, info or debug, and behind it what is otherwise for a crate, as info,dibs_store=debug."
  }
}

variable "network" {
  description = "Subnets and security groups of functions that call outside services; null for outside the VPC."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
}

variable "secret_recovery_days" {
  description = "Number of days for which a deleted secret can be restored."
  type        = number
}

variable "sockets_url" {
  description = "Address at which functions send messages to the connections of the WebSocket API."
  type        = string
}
