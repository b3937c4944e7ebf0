variable "deployed" {
  description = "Deployed functions by name, with their deployed names."
  type        = map(object({ function_name = string }))
}

variable "sockets_api_id" {
  description = "Id of the WebSocket API."
  type        = string
}

variable "api_id" {
  description = "Id of the HTTP API."
  type        = string
}

variable "queues" {
  description = "Queues by short name, with their deployed names and those of their dead-letter queues."
  type        = map(object({ name = string, dead_letters = string }))
}

variable "stream_dead_letters" {
  description = "Deployed name of the queue that is notified of stream records that no retry could process."
  type        = string
}

variable "function_log" {
  description = "Name of the log group of all functions."
  type        = string
}

variable "access_log" {
  description = "Name of the log group of the API's access log."
  type        = string
}
