variable "directory" {
  description = "Directory with the built web application: index.html, console.html and assets."
  type        = string

  validation {
    condition     = alltrue([for page in ["index.html", "console.html"] : fileexists("${var.directory}/${page}")])
    error_message = "web_directory: there is no index.html or no console.html in it; name the directory of the built web application, or leave enable_web off."
  }
}

variable "distribution_arn" {
  description = "ARN of the CloudFront distribution, which alone may read the bucket."
  type        = string
}
