variable "tables" {
  description = "Tables to create, by short name, as schema.json defines them. All key attributes are strings."
  type = map(object({
    partition_key = string
    sort_key      = string
    indexes = map(object({
      partition_key = string
      sort_key      = string
      projection    = string
    }))
    stream_view   = optional(string)
    ttl_attribute = string
  }))
}

variable "deletion_protection" {
  description = "Whether the tables are protected from deletion, by DynamoDB and at plan."
  type        = bool
}

variable "point_in_time_recovery" {
  description = "Whether each table can be restored to any second of the last 35 days."
  type        = bool
}

variable "warm_throughput" {
  description = "Units per second that a table must be ready for before an on-sale, by the table's short name."
  type = map(object({
    read  = optional(number, 12000)
    write = optional(number, 4000)
  }))

  validation {
    condition = alltrue([
      for name, warm in var.warm_throughput : warm.read >= 12000 && warm.write >= 4000 &&
      contains(keys(var.tables), name)
    ])
    error_message = "warm_throughput: write { rewards = { read = 24000, write = 10000 } }, by a table of dibs; every table is ready for 12000 and 4000 anyway."
  }
}
