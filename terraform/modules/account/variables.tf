variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "budget_usd" {
  description = "What the account may cost in a month, in US dollars."
  type        = number

  validation {
    condition     = var.budget_usd > 0
    error_message = "budget_usd: write how many US dollars a month may cost, more than 0."
  }
}

variable "alarm_email" {
  description = "Who hears of the budget."
  type        = string
}

variable "trail_days" {
  description = "How long the trail of calls is kept."
  type        = number
  default     = 400
}
