variable "queues" {
  description = "Queues to create, by short name, as schema.json defines them: visibility timeout in seconds, and number of receives after which a message moves to the dead-letter queue."
  type = map(object({
    visibility_s = number
    receives_max = number
  }))
}

variable "deployed" {
  description = "Deployed functions by name: their deployed name, and the ARN of the alias to call."
  type        = map(object({ function_name = string, alias_arn = string }))
}

variable "tables" {
  description = "Tables by short name, with the ARNs of their streams."
  type        = map(object({ stream_arn = string }))
}

variable "path" {
  description = "IAM path of the roles that this module creates."
  type        = string
}

variable "boundary_arn" {
  description = "ARN of the permissions boundary of the roles that this module creates."
  type        = string
}

variable "event_archive_days" {
  description = "Number of days for which the archive keeps the domain events of the bus; 0 for no archive."
  type        = number

  validation {
    condition     = var.event_archive_days >= 0 && var.event_archive_days <= 3650 && floor(var.event_archive_days) == var.event_archive_days
    error_message = "event_archive_days: write a whole number from 0 (no archive) to 3650."
  }
}

variable "worker_concurrency_max" {
  description = "Maximum number of concurrent instances of a worker per queue."
  type        = number

  validation {
    condition     = var.worker_concurrency_max >= 2 && var.worker_concurrency_max <= 1000
    error_message = "worker_concurrency_max: write a number from 2 to 1000; AWS takes no other."
  }
}

variable "mail_domain" {
  description = "Domain of the sender of mails; empty without mails."
  type        = string
}
