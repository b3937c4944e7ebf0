# What an environment can choose. The modules check what they are given; an error says what to write.

variable "environment" {
  description = "The name of the environment: every name begins with dibs-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment))
    error_message = "environment: write a short name as dev or prod: 2 to 10 small letters and digits."
  }
}

variable "region" {
  description = "The AWS region."
  type        = string
  default     = "eu-central-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.region))
    error_message = "region: write a region as AWS names it, as eu-central-1."
  }
}

# ---- people

variable "alarm_email" {
  description = "Who is told of alarms and of the budget; empty for nobody."
  type        = string
  default     = ""
}

variable "github_repository" {
  description = "The repository whose workflows may deploy, as owner/name; empty for none."
  type        = string
  default     = ""
}

variable "github_owner_id" {
  description = "The number of that repository's owner; with github_repository_id, and both for a repository made since July 2026."
  type        = string
  default     = ""
}

variable "github_repository_id" {
  description = "The number of that repository, which it keeps when it is renamed."
  type        = string
  default     = ""
}

variable "state_bucket" {
  description = "The bucket of the remote state, which the deploying role needs; empty for none."
  type        = string
  default     = ""
}

# ---- the account

variable "account_wide" {
  description = "Whether this environment makes what an account has once: budget, CloudTrail, groups, GitHub's identity provider."
  type        = bool
}

variable "budget_usd" {
  description = "What the account may cost in a month, in US dollars; mails go out at 80 and 100 %."
  type        = number
  default     = 50
}

variable "enable_groups" {
  description = "Whether there are groups for administrators, developers and readers, with MFA required."
  type        = bool
  default     = false
}

# ---- functions

variable "lambda_directory" {
  description = "Directory of the build: <domain>/bootstrap.zip for each domain."
  type        = string
  default     = "../../../target/lambda"
}

variable "architecture" {
  description = "arm64, or x86_64: that for which the zips were built."
  type        = string
  default     = "arm64"
}

variable "jwks_file" {
  description = "A file with the public keys of access tokens, a JWKS document."
  type        = string
  default     = "jwks.json"

  validation {
    condition     = fileexists(var.jwks_file) && can([for key in jsondecode(file(var.jwks_file)).keys : key.kid])
    error_message = "jwks_file: name a file with the public keys of access tokens, {\"keys\": [{\"kid\": ...}]}; DEPLOYING.md says how to make one."
  }
}

variable "log_level" {
  description = "What the functions log: info is a line for each call."
  type        = string
  default     = "info"
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "self_charge" {
  description = "Whether users may charge their own balance (POST /balance/charge); null follows the environment: not in prod."
  type        = bool
  default     = null
}

variable "external_checks_per_minute" {
  description = "How many condition checks at outside services one user may cause in a minute; null for 30."
  type        = number
  default     = null
}

variable "registrations_per_hour" {
  description = "How many accounts one network may register in an hour, 0 for no limit; null follows the environment: 60 in prod."
  type        = number
  default     = null
}

variable "strict_passwords" {
  description = "Whether the commonest passwords are refused and staff need twelve characters; null follows the environment: in prod."
  type        = bool
  default     = null
}

variable "email_hash_days" {
  description = "For how many days the keyed hash of an e-mail outlives its closed account; null for 365."
  type        = number
  default     = null
}

variable "worker_concurrency_max" {
  description = "How many instances of one worker a queue keeps busy at most."
  type        = number
  default     = 50
}

variable "condition_url" {
  description = "The service that checks conditions; empty for none."
  type        = string
  default     = ""
}

variable "fulfilment_url" {
  description = "The service that fulfils rewards; empty for none."
  type        = string
  default     = ""
}

variable "provider_url" {
  description = "The payment provider; empty for none."
  type        = string
  default     = ""
}

# ---- tables

variable "deletion_protection" {
  description = "Whether the tables refuse to be deleted, by DynamoDB and at plan."
  type        = bool
}

variable "point_in_time_recovery" {
  description = "Whether each table can be restored to any second of the last 35 days, and a deleted secret brought back for 30."
  type        = bool
}

variable "warm_throughput" {
  description = "Units a second that a table is to be ready for before an on-sale, by the table's short name. Needs the AWS CLI where Terraform runs, and is paid once."
  type = map(object({
    read  = optional(number, 12000)
    write = optional(number, 4000)
  }))
  default = {}
}

# ---- the API

variable "cors_origins" {
  description = "The web pages that may call the API, as https://shop.example.com; http:// only for localhost."
  type        = list(string)
  default     = []
}

variable "throttle" {
  description = "Calls a second of each route that has no limit of its own, and how many at once."
  type        = object({ rate = number, burst = number })
}

variable "route_throttles" {
  description = "Limits of single routes, by method and path."
  type        = map(object({ rate = number, burst = number }))
  # A password takes a tenth of a second of a processor, for whoever sends one.
  default = {
    "POST /api/v1/auth/login"    = { rate = 100, burst = 200 }
    "POST /api/v1/auth/register" = { rate = 100, burst = 200 }
    "POST /api/v1/auth/users"    = { rate = 100, burst = 200 }
  }
}

variable "domain_name" {
  description = "The API's own name, as api.example.com; empty for the one that AWS gives."
  type        = string
  default     = ""
}

variable "hosted_zone_id" {
  description = "The Route 53 zone of that name."
  type        = string
  default     = ""
}

variable "enable_cdn" {
  description = "Whether CloudFront stands in front, and keeps for a second what everybody asks for, with a web ACL that limits by address: about 7 USD a month."
  type        = bool
  default     = false
}

variable "requests_per_address" {
  description = "How many sign-ins, registrations and writes the web ACL lets one address make in five minutes; reads are not counted."
  type        = number
  default     = 30000
}

# ---- the network

variable "vpc_cidr" {
  description = "The addresses of the VPC."
  type        = string
  default     = "10.0.0.0/16"
}

variable "subnets" {
  description = "The addresses of the public and private subnets, one of each for each of two zones, inside vpc_cidr."
  type = object({
    public  = list(string)
    private = list(string)
  })
  default = {
    public  = ["10.0.1.0/24", "10.0.2.0/24"]
    private = ["10.0.11.0/24", "10.0.12.0/24"]
  }
}

variable "enable_nat" {
  description = "Whether functions that call out run in the private subnets, behind NAT gateways: about 73 USD a month, also when idle."
  type        = bool
  default     = false
}

variable "interface_endpoints" {
  description = "AWS services with an endpoint in the private subnets: about 15 USD a month each. Needs enable_nat."
  type        = set(string)
  default     = []
}
