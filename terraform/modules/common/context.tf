# Every module links to this file, so that the type of the context is written once. The root module builds the value.

variable "context" {
  description = "Deployment that all modules belong to: environment (short name, such as dev), prefix (first part of every deployed name), partition, region and account_id of AWS, log_retention_days, alarm_email (recipient of alarms; empty for none), and functions (entries of functions.json by name; terraform/README.md explains their fields)."
  type = object({
    environment        = string
    prefix             = string
    partition          = string
    region             = string
    account_id         = string
    log_retention_days = number
    alarm_email        = string
    functions = map(object({
      routes = optional(list(string), [])
      source = optional(object({
        queue      = optional(string)
        stream     = optional(string)
        schedule_s = optional(number)
        socket     = optional(string)
      }), {})
      tables               = optional(map(list(string)), {})
      queues               = optional(map(list(string)), {})
      secrets              = optional(list(string), [])
      calls_out            = optional(bool, false)
      sends_mail           = optional(bool, false)
      sends_to_sockets     = optional(bool, false)
      memory_mb            = optional(number, 256)
      timeout_s            = optional(number)
      reserved_concurrency = optional(number, -1)
    }))
  })
}
