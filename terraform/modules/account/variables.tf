variable "budget_usd" {
  description = "Budget of the account per month, in US dollars."
  type        = number

  validation {
    condition     = var.budget_usd > 0
    error_message = "budget_usd: write how many US dollars a month may cost, more than 0."
  }
}

variable "trail_days" {
  description = "Retention of CloudTrail's log of API calls, in days."
  type        = number
  default     = 400
}
