/** The object door under the clients that people use: OSS SDK, AWS SDK, s3cmd, rclone, aws. */
package io.millrace.e2e.objects;
