variable "tables" {
  description = "Tables by short name, with their ARNs and the ARNs of their streams."
  type        = map(object({ arn = string, stream_arn = string }))
}

variable "queues" {
  description = "Queues by short name, with their ARNs and those of their dead-letter queues."
  type        = map(object({ arn = string, dead_letters_arn = string }))
}

variable "stream_dead_letters_arn" {
  description = "ARN of the queue that is notified of stream records that no retry could process."
  type        = string
}

variable "secrets" {
  description = "ARNs of the secrets, by name."
  type        = map(string)
}

variable "secrets_of" {
  description = "Names of the secrets that each function reads, by the function's name."
  type        = map(set(string))
}

variable "audit_bucket_arn" {
  description = "ARN of the bucket with the archive of the audit."
  type        = string
}

variable "log_group_arn" {
  description = "ARN of the log group of all functions."
  type        = string
}

variable "in_vpc" {
  description = "Whether functions that call outside services run in the VPC."
  type        = bool
}

variable "account_wide" {
  description = "Whether to create the resources that an account has once: GitHub's identity provider, and groups."
  type        = bool
}

variable "github_repository" {
  description = "Repository whose workflows may deploy, as owner/name; empty for none."
  type        = string

  validation {
    condition     = var.github_repository == "" || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository: write owner/name, or leave it empty."
  }
}

variable "github_owner_id" {
  description = "Numeric id of the repository's owner, as GitHub writes it into tokens; empty without github_repository_id."
  type        = string

  validation {
    condition     = can(regex("^[0-9]*$", var.github_owner_id)) && (var.github_owner_id == "") == (var.github_repository_id == "")
    error_message = "github_owner_id: write the number that `gh api repos/OWNER/NAME --jq .owner.id` prints, and github_repository_id too; neither goes without the other."
  }
}

variable "github_repository_id" {
  description = "Numeric id of the repository, as GitHub writes it into tokens; empty for none."
  type        = string

  validation {
    condition     = can(regex("^[0-9]*$", var.github_repository_id))
    error_message = "github_repository_id: write the number that `gh api repos/OWNER/NAME --jq .id` prints, or leave it empty."
  }
}

variable "cdn_arns" {
  description = "ARN of the CloudFront distribution, if there is one. A plan reads its definition."
  type        = list(string)
}

variable "web_headers_policy_arns" {
  description = "ARN of the web application's policy of response headers, if there is one. The deploying role may change it."
  type        = list(string)
}

variable "api_id" {
  description = "Id of the HTTP API, which the deploying role may change."
  type        = string
}

variable "state_bucket" {
  description = "S3 bucket of the remote state, to which the deploying role gets access; empty for none."
  type        = string
}

variable "enable_groups" {
  description = "Whether to create groups for administrators, developers and readers, which require MFA."
  type        = bool
}

variable "mail_domain" {
  description = "Domain of the sender of mails; empty without mails."
  type        = string
}

variable "sockets" {
  description = "WebSocket API: its id, and the ARN under which functions may send messages to its connections."
  type        = object({ api_id = string, connections_arn = string })
}
