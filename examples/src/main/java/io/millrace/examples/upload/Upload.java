package io.millrace.examples.upload;

import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.UploadFileRequest;
import java.nio.file.Path;

/**
 * {@code upload ENDPOINT BUCKET FILE [KEY]}: a resumable multipart upload. Keys come from
 * OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary credentials, OSS_SESSION_TOKEN.
 */
public final class Upload {
    private Upload() {}

    /** The program's entry; exit code 2 for a wrong command line. */
    public static void main(String[] arguments) throws Throwable {
        if (arguments.length < 3) {
            System.err.println(
                    "upload ENDPOINT BUCKET FILE [KEY], for example: upload http://localhost:9000 demo film.mp4");
            System.exit(2);
        }
        Path file = Path.of(arguments[2]);
        String key = arguments.length > 3 ? arguments[3] : file.getFileName().toString();
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(SignVersion.V4);
        OSS oss =
                OSSClientBuilder.create()
                        .endpoint(arguments[0])
                        .region("local")
                        .credentialsProvider(
                                new DefaultCredentialProvider(
                                        environment("OSS_ACCESS_KEY_ID"),
                                        environment("OSS_ACCESS_KEY_SECRET"),
                                        System.getenv("OSS_SESSION_TOKEN")))
                        .clientConfiguration(configuration)
                        .build();
        try {
            UploadFileRequest request = new UploadFileRequest(arguments[1], key);
            request.setUploadFile(file.toString());
            request.setPartSize(8 << 20);
            request.setTaskNum(3);
            request.setEnableCheckpoint(true);
            oss.uploadFile(request);
            System.out.println(arguments[1] + "/" + key);
        } finally {
            oss.shutdown();
        }
    }

    private static String environment(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            System.err.println("Set " + name + ".");
            System.exit(2);
        }
        return String.valueOf(value);
    }
}
