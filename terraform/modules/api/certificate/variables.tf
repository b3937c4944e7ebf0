variable "domain_name" {
  description = "The name that it is for."
  type        = string
}

variable "hosted_zone_id" {
  description = "The Route 53 zone of that name."
  type        = string
}
