variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "environment" {
  description = "The environment, as metrics name it."
  type        = string
}

variable "functions" {
  description = "The entries of functions.json, by name."
  type        = any
}

variable "deployed" {
  description = "The deployed functions, by name."
  type        = map(object({ function_name = string }))
}

variable "api_id" {
  description = "The id of the HTTP API."
  type        = string
}

variable "queues" {
  description = "The queues by short name: the deployed names of each and of its dead letters."
  type        = map(object({ name = string, dead_letters = string }))
}

variable "stream_dead_letters" {
  description = "The deployed name of the queue that hears of records of a stream that were given up."
  type        = string
}

variable "function_log" {
  description = "The group in which every function logs."
  type        = string
}

variable "access_log" {
  description = "The group of the API's access log."
  type        = string
}

variable "alarm_email" {
  description = "Who is told of alarms; empty for nobody."
  type        = string

  validation {
    condition     = var.alarm_email == "" || can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alarm_email))
    error_message = "alarm_email: write an address as oncall@example.com, or leave it empty; AWS asks it to confirm."
  }
}
