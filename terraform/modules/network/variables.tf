variable "vpc_cidr" {
  description = "CIDR block of the VPC."
  type        = string

  validation {
    condition     = can(regex("^[0-9.]+/(1[6-9]|2[0-8])$", var.vpc_cidr)) && can(cidrhost(var.vpc_cidr, 0))
    error_message = "vpc_cidr: write the addresses of the VPC as 10.0.0.0/16, with 16 to 28 behind the slash."
  }
}

variable "subnets" {
  description = "CIDR blocks of the public and private subnets inside vpc_cidr, one of each for each of two zones."
  type = object({
    public  = list(string)
    private = list(string)
  })

  validation {
    condition     = length(var.subnets.public) == 2 && length(var.subnets.private) == 2
    error_message = "subnets: write two public and two private ones, for two zones."
  }

  validation {
    # A subnet is inside the VPC if it is not larger, and its address under the VPC's mask is the VPC's address.
    condition = alltrue([
      for subnet in concat(var.subnets.public, var.subnets.private) : try(
        tonumber(split("/", subnet)[1]) >= tonumber(split("/", var.vpc_cidr)[1]) &&
        tonumber(split("/", subnet)[1]) <= 28 &&
        cidrhost("${split("/", subnet)[0]}/${split("/", var.vpc_cidr)[1]}", 0) == cidrhost(var.vpc_cidr, 0),
        false
      )
    ])
    error_message = "subnets: write addresses inside vpc_cidr (${var.vpc_cidr}), with up to 28 behind the slash, as 10.0.1.0/24."
  }
}

variable "enable_nat" {
  description = "Whether the private subnets reach the internet through NAT gateways, one in each of two zones: about 73 USD per month for both, even without traffic."
  type        = bool
}

variable "interface_endpoints" {
  description = "AWS services with an interface endpoint in the private subnets: about 15 USD per month each."
  type        = set(string)

  # Functions in the VPC call no other AWS service, except DynamoDB, which has a gateway endpoint.
  validation {
    condition     = alltrue([for service in var.interface_endpoints : service == "secretsmanager"])
    error_message = "interface_endpoints: write [\"secretsmanager\"], or leave it empty; nothing there calls another service over it."
  }

  validation {
    condition     = length(var.interface_endpoints) == 0 || var.enable_nat
    error_message = "interface_endpoints: set enable_nat too; without it no function runs in the VPC."
  }
}
