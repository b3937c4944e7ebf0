# Settings of an environment. An invalid one fails the plan, with a message that says what to write; most are checked by
# the module that uses them.

variable "environment" {
  description = "Short name of the environment. Every deployed name begins with dibs-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment))
    error_message = "environment: write a short name as dev or prod: 2 to 10 small letters and digits."
  }
}

variable "region" {
  description = "AWS region of the deployment."
  type        = string
  default     = "eu-central-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.region))
    error_message = "region: write a region as AWS names it, as eu-central-1."
  }
}

# ---- contacts and repository

variable "alarm_email" {
  description = "E-mail address that alarms and warnings of the budget go to; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = var.alarm_email == "" || can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alarm_email))
    error_message = "alarm_email: write an address as oncall@example.com, or leave it empty; AWS asks it to confirm."
  }
}

variable "github_repository" {
  description = "Repository whose workflows may deploy, as owner/name; empty for none."
  type        = string
  default     = ""
}

variable "github_owner_id" {
  description = "Numeric id of the repository's owner. Set it together with github_repository_id; both are required for a repository created since July 2026."
  type        = string
  default     = ""
}

variable "github_repository_id" {
  description = "Numeric id of the repository, which stays the same when the repository is renamed."
  type        = string
  default     = ""
}

variable "state_bucket" {
  description = "S3 bucket of the remote state, to which the deploying role gets access; empty for none."
  type        = string
  default     = ""
}

# ---- the account

variable "account_wide" {
  description = "Whether this environment creates the resources that an account has once: budget, CloudTrail, groups, and GitHub's identity provider."
  type        = bool
}

variable "budget_usd" {
  description = "Budget of the account per month, in US dollars. AWS sends an e-mail at 80 % and at 100 %."
  type        = number
  default     = 50
}

variable "enable_groups" {
  description = "Whether to create IAM groups for administrators, developers and readers, which require MFA. Needs account_wide."
  type        = bool
  default     = false
}

# ---- functions

variable "lambda_directory" {
  description = "Directory with the built zips: <domain>/bootstrap.zip for each domain."
  type        = string
  default     = "../../../target/lambda"
}

variable "architecture" {
  description = "Processor architecture for which the zips were built: arm64 or x86_64."
  type        = string
  default     = "arm64"
}

variable "jwks_file" {
  description = "File with the public keys of access tokens, a JWKS document."
  type        = string
  default     = "jwks.json"

  validation {
    condition     = fileexists(var.jwks_file) && can([for key in jsondecode(file(var.jwks_file)).keys : key.kid])
    error_message = "jwks_file: name a file with the public keys of access tokens, {\"keys\": [{\"kid\": ...}]}; DEPLOYING.md says how to make one."
  }
}

variable "log_level" {
  description = "Log level of the functions: error, warn, info or debug. With info, each call logs one line."
  type        = string
  default     = "info"
}

variable "log_retention_days" {
  description = "Retention of the functions' logs and of the access log, in days."
  type        = number

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days
    )
    error_message = "log_retention_days: AWS knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731 and whole numbers of years up to ten (1096, 1827, 2192, 2557, 2922, 3288, 3653); write one of these."
  }
}

variable "self_charge" {
  description = "Whether users may charge their own balance (POST /balance/charge); null for the default of the environment: not in prod."
  type        = bool
  default     = null
}

variable "external_checks_per_minute" {
  description = "Maximum number of condition checks at outside services that one user may cause per minute; null for 30."
  type        = number
  default     = null
}

variable "registrations_per_hour" {
  description = "Maximum number of accounts that one network may register per hour, 0 for no limit; null for the default of the environment: 60 in prod."
  type        = number
  default     = null
}

variable "strict_passwords" {
  description = "Whether to refuse the most common passwords and to require twelve characters of staff; null for the default of the environment: in prod."
  type        = bool
  default     = null
}

variable "audit_retention_days" {
  description = "Number of days for which an object of the audit's archive can be neither changed nor deleted."
  type        = number
  default     = 365
}

variable "audit_lock_mode" {
  description = "Mode of the object lock of the audit's archive: COMPLIANCE, which nobody can lift, or GOVERNANCE."
  type        = string
  default     = "GOVERNANCE"
}

variable "email_hash_days" {
  description = "Number of days that the keyed hash of an e-mail address is kept after its account was closed; null for 365."
  type        = number
  default     = null
}

variable "events_alone" {
  description = "Whether each domain event is an entry of the event bus of its own, in the form of earlier versions (docs/events.md); null for false: events of one type go together."
  type        = bool
  default     = null
}

variable "require_confirmed_email" {
  description = "Whether claims, invitations, orders and reservations count only once the e-mail address of the account is confirmed; null for the default of the environment: in prod."
  type        = bool
  default     = null
}

variable "require_staff_totp" {
  description = "Whether staff may only enrol an authenticator app until they sign in with its codes; null for the default of the environment: in prod."
  type        = bool
  default     = null
}

variable "time_zone" {
  description = "IANA time zone whose days analytics show by default (docs/analytics.md); null for Asia/Seoul."
  type        = string
  default     = null
}

variable "event_archive_days" {
  description = "Number of days for which an archive keeps the domain events of the event bus, so that a consumer can have them again; 0 for no archive."
  type        = number
  default     = 30
}

variable "live_sockets" {
  description = "Maximum number of connections that are subscribed to one topic of live updates; null for 2,000. Further clients poll."
  type        = number
  default     = null
}

variable "worker_concurrency_max" {
  description = "Maximum number of concurrent instances of a worker per queue."
  type        = number
  default     = 50
}

variable "condition_url" {
  description = "URL of the service that checks conditions; empty for none."
  type        = string
  default     = ""
}

variable "fulfilment_url" {
  description = "URL of the service that fulfils rewards; empty for none."
  type        = string
  default     = ""
}

variable "provider_url" {
  description = "URL of the payment provider; empty for none."
  type        = string
  default     = ""
}

variable "mail_from" {
  description = "Sender of all mails: an address, or a name with an address, such as dibs <no-reply@example.com>. Empty for none: mails are then given up."
  type        = string
  default     = ""

  validation {
    condition     = var.mail_from == "" || can(regex("^([^<>@]+ <[^<>@ ]+@[^<>@ ]+>|[^<>@ ]+@[^<>@ ]+)$", var.mail_from))
    error_message = "mail_from: write an address like no-reply@example.com, or dibs <no-reply@example.com>."
  }
}

variable "links_url" {
  description = "URL with which links in mails begin: that of your own web pages, which forwards /api/v1 to the API; empty for the API's own, which is the web application's with enable_web."
  type        = string
  default     = ""
}

# ---- tables

variable "deletion_protection" {
  description = "Whether the tables are protected from deletion, by DynamoDB and at plan."
  type        = bool
}

variable "point_in_time_recovery" {
  description = "Whether each table can be restored to any second of the last 35 days. If so, a deleted secret can be restored for 30 days."
  type        = bool
}

variable "warm_throughput" {
  description = "Units per second that a table must be ready for before an on-sale, by the table's short name. Each increase is charged once. Needs the AWS CLI on the machine that runs Terraform."
  type = map(object({
    read  = optional(number, 12000)
    write = optional(number, 4000)
  }))
  default = {}
}

# ---- the API

variable "cors_origins" {
  description = "Origins of the web pages that may call the API, such as https://shop.example.com; http:// only for localhost."
  type        = list(string)
  default     = []
}

variable "throttle" {
  description = "Limit of each route without a limit of its own: calls per second, and burst."
  type        = object({ rate = number, burst = number })
}

variable "route_throttles" {
  description = "Limits of single routes, by method and path: calls per second, and burst."
  type        = map(object({ rate = number, burst = number }))
  # A password hash takes a tenth of a second of processor time, for every caller.
  default = {
    "POST /api/v1/auth/login"    = { rate = 100, burst = 200 }
    "POST /api/v1/auth/register" = { rate = 100, burst = 200 }
    "POST /api/v1/auth/users"    = { rate = 100, burst = 200 }
  }
}

variable "domain_name" {
  description = "Custom domain name of the API and of the web application, such as api.example.com; empty for the name that AWS assigns."
  type        = string
  default     = ""
}

variable "hosted_zone_id" {
  description = "Id of the Route 53 zone that contains domain_name."
  type        = string
  default     = ""
}

variable "enable_cdn" {
  description = "Whether CloudFront serves the API, caches public responses for a second, and limits writes per address with a web ACL: about 7 USD per month; null for false, and for true with enable_web."
  type        = bool
  default     = null
}

variable "requests_per_address" {
  description = "Maximum number of sign-ins, registrations and other writes that one address may send in five minutes. Reads are not counted. Needs enable_cdn."
  type        = number
  default     = 30000
}

# ---- the web application

variable "enable_web" {
  description = "Whether the web application is deployed: from a bucket, by CloudFront, on the same origin as the API. Switches enable_cdn on. Needs the AWS CLI on the machine that runs Terraform."
  type        = bool
  default     = false
}

variable "web_directory" {
  description = "Directory with the built web application."
  type        = string
  default     = "../../../web/dist"
}

# ---- the network

variable "vpc_cidr" {
  description = "CIDR block of the VPC."
  type        = string
  default     = "10.0.0.0/16"
}

variable "subnets" {
  description = "CIDR blocks of the public and private subnets inside vpc_cidr, one of each for each of two zones."
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
  description = "Whether functions that call outside services run in the private subnets, behind NAT gateways: about 73 USD per month, even without traffic."
  type        = bool
  default     = false
}

variable "interface_endpoints" {
  description = "AWS services with an interface endpoint in the private subnets: about 15 USD per month each. Needs enable_nat."
  type        = set(string)
  default     = []
}
