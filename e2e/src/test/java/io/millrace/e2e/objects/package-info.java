/**
 * The object door under the clients that people use: OSS SDK, AWS SDK, minio-java, s3cmd, rclone,
 * aws.
 */
package io.millrace.e2e.objects;
