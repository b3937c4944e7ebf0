variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "environment" {
  description = "The environment, as GitHub names it too."
  type        = string
}

variable "functions" {
  description = "The entries of functions.json, by name."
  type        = any
}

variable "tables" {
  description = "The tables by short name, with their ARNs and those of their streams."
  type        = map(object({ arn = string, stream_arn = string }))
}

variable "queues" {
  description = "The queues by short name, with their ARNs."
  type        = map(object({ arn = string }))
}

variable "stream_dead_letters_arn" {
  description = "The queue that hears of records of a stream that were given up."
  type        = string
}

variable "secrets" {
  description = "The ARNs of the secrets, by name."
  type        = map(string)
}

variable "secrets_of" {
  description = "Which secrets each function reads."
  type        = map(set(string))
}

variable "log_group_arn" {
  description = "Where every function logs."
  type        = string
}

variable "in_vpc" {
  description = "Whether functions that call out run in the VPC."
  type        = bool
}

variable "account_wide" {
  description = "Whether what an account has once is made here: the identity provider of GitHub, and groups."
  type        = bool
}

variable "github_repository" {
  description = "The repository that may deploy, as owner/name; empty for none."
  type        = string

  validation {
    condition     = var.github_repository == "" || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository: write owner/name, or leave it empty."
  }
}

variable "github_owner_id" {
  description = "The number of that repository's owner, as GitHub writes it into tokens; empty with github_repository_id."
  type        = string

  validation {
    condition     = can(regex("^[0-9]*$", var.github_owner_id)) && (var.github_owner_id == "") == (var.github_repository_id == "")
    error_message = "github_owner_id: write the number that `gh api repos/OWNER/NAME --jq .owner.id` prints, and github_repository_id too; neither goes without the other."
  }
}

variable "github_repository_id" {
  description = "The number of that repository, as GitHub writes it into tokens; empty for none."
  type        = string

  validation {
    condition     = can(regex("^[0-9]*$", var.github_repository_id))
    error_message = "github_repository_id: write the number that `gh api repos/OWNER/NAME --jq .id` prints, or leave it empty."
  }
}

variable "cdn_arns" {
  description = "The distribution of CloudFront that stands in front, whose definition a plan reads."
  type        = list(string)
}

variable "api_id" {
  description = "The HTTP API, which the deploying role changes."
  type        = string
}

variable "state_bucket" {
  description = "The bucket of the remote state, which the deploying role needs; empty for none."
  type        = string
}

variable "enable_groups" {
  description = "Whether there are groups for administrators, developers and readers, with MFA required."
  type        = bool
}
