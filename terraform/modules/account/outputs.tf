output "trail_bucket" {
  description = "Where the trail of calls lies."
  value       = aws_s3_bucket.trail.id
}
