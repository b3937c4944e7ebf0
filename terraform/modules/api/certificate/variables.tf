variable "domain_name" {
  description = "Domain name of the certificate."
  type        = string
}

variable "hosted_zone_id" {
  description = "Id of the Route 53 zone that contains domain_name."
  type        = string
}
