variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "functions" {
  description = "The entries of functions.json, by name."
  type        = any
}

variable "queues" {
  description = "Queues to create, by short name, as schema.json defines them: visibility timeout in seconds, and receives until a message is a dead letter."
  type = map(object({
    visibility_s = number
    receives_max = number
  }))
}

variable "deployed" {
  description = "The deployed functions, by name: the deployed name, and the ARN of the alias that is called."
  type        = map(object({ function_name = string, alias_arn = string }))
}

variable "tables" {
  description = "The tables by short name, with the ARNs of their streams."
  type        = map(object({ stream_arn = string }))
}

variable "path" {
  description = "The path of the roles here."
  type        = string
}

variable "boundary_arn" {
  description = "The most that the roles here may do."
  type        = string
}

variable "worker_concurrency_max" {
  description = "How many instances of one worker a queue keeps busy at most."
  type        = number

  validation {
    condition     = var.worker_concurrency_max >= 2 && var.worker_concurrency_max <= 1000
    error_message = "worker_concurrency_max: write a number from 2 to 1000; AWS takes no other."
  }
}
