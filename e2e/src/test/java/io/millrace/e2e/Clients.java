package io.millrace.e2e;

import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sts.StsClient;

/** The vendors' own clients, pointed at a server under test. */
public final class Clients {
    private Clients() {}

    /** The official OSS SDK, signature V4, no retries. */
    public static OSS oss(URI endpoint, String id, String secret, @Nullable String token) {
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(SignVersion.V4);
        configuration.setMaxErrorRetry(0);
        configuration.setConnectionTimeout(5_000);
        configuration.setSocketTimeout(20_000);
        return OSSClientBuilder.create()
                .endpoint(endpoint.toString())
                .region("local")
                .credentialsProvider(new DefaultCredentialProvider(id, secret, token))
                .clientConfiguration(configuration)
                .build();
    }

    /** The AWS SDK v2, path style, no retries. */
    public static S3Client s3(URI endpoint, String id, String secret) {
        return s3(endpoint, AwsBasicCredentials.create(id, secret));
    }

    /** The same with temporary credentials. */
    public static S3Client s3(URI endpoint, String id, String secret, String token) {
        return s3(endpoint, AwsSessionCredentials.create(id, secret, token));
    }

    private static S3Client s3(URI endpoint, AwsCredentials credentials) {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .region(Region.of("local"))
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .overrideConfiguration(
                        c ->
                                c.retryStrategy(b -> b.maxAttempts(1))
                                        .apiCallTimeout(Duration.ofMinutes(1)))
                .build();
    }

    /** The AWS SDK v2's client of temporary credentials. */
    public static StsClient sts(URI endpoint, String id, String secret) {
        return StsClient.builder()
                .endpointOverride(endpoint)
                .region(Region.of("local"))
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret)))
                .build();
    }
}
