package io.millrace.app;

import io.millrace.backup.BackupException;
import io.millrace.backup.DirectoryTarget;
import io.millrace.backup.S3Target;
import io.millrace.backup.Target;
import io.millrace.kit.DiskSpace;
import io.millrace.signing.AccessKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where backups are, as both commands name it. */
final class BackupTarget {
    private static final String S3 = "s3://";

    @Parameters(
            index = "0",
            paramLabel = "DIR|s3://BUCKET/PREFIX",
            description = "where the backups are")
    private String where = "";

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            defaultValue = "${env:MILLRACE_BACKUP_KEY_FILE}",
            description =
                    "encrypts: a file with a passphrase of at least 12 characters"
                            + " (or MILLRACE_BACKUP_KEY_FILE)")
    private @Nullable Path keyFile;

    @Option(
            names = "--s3-endpoint",
            paramLabel = "URL",
            defaultValue = "${env:AWS_ENDPOINT_URL}",
            description = "of an s3:// target (or AWS_ENDPOINT_URL)")
    private @Nullable String endpoint;

    @Option(
            names = "--s3-region",
            paramLabel = "NAME",
            defaultValue = "${env:AWS_REGION:-us-east-1}",
            description = "of an s3:// target (or AWS_REGION; default us-east-1)")
    private String region = "us-east-1";

    @Nullable Path keyFile() {
        return keyFile;
    }

    /** A backup in what it backs up burns with it, and grows with itself. */
    void refuseInside(Path directory) throws IOException {
        if (!where.startsWith(S3) && real(Path.of(where)).startsWith(real(directory))) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    where + " is inside of " + directory + ": name a place elsewhere");
        }
    }

    /**
     * Where a path leads, by symbolic links too; what is not there yet is taken as it is written.
     */
    private static Path real(Path path) throws IOException {
        Path there = path.toAbsolutePath();
        while (Files.notExists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        Path rest = there.relativize(path.toAbsolutePath());
        return there.toRealPath().resolve(rest).normalize();
    }

    /** The same of a bucket in the server that is backed up. */
    void refuseOwnDoor(int objectPort) throws IOException {
        if (!where.startsWith(S3) || endpoint == null || endpoint.isEmpty()) {
            return;
        }
        URI door = URI.create(endpoint);
        if (door.getPort() == objectPort && door.getHost() != null && isHere(door.getHost())) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    where + " lies in the server that is backed up: name a place elsewhere");
        }
    }

    private static boolean isHere(String host) throws IOException {
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (UnknownHostException e) {
            return false; // Whoever opens the target says so.
        }
    }

    /**
     * The keys of an S3 target come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, of temporary
     * ones, AWS_SESSION_TOKEN.
     */
    Target open(InstantSource clock) {
        return where.startsWith(S3) ? bucket(clock) : new DirectoryTarget(Path.of(where));
    }

    /** The same to write to: on a disk of the server its reserve is left alone. */
    Target open(InstantSource clock, Settings settings) throws IOException {
        if (where.startsWith(S3)) {
            return bucket(clock);
        }
        Path directory = Path.of(where);
        FileStore disk = Reserves.store(directory);
        for (Path path : Reserves.directories(settings)) {
            if (Reserves.store(path).equals(disk)) {
                return new DirectoryTarget(directory, DiskSpace.of(path, settings.diskReserve()));
            }
        }
        return new DirectoryTarget(directory);
    }

    private Target bucket(InstantSource clock) {
        String rest = where.substring(S3.length());
        int slash = rest.indexOf('/');
        String bucket = slash < 0 ? rest : rest.substring(0, slash);
        String prefix = slash < 0 ? "" : rest.substring(slash + 1);
        String id = System.getenv("AWS_ACCESS_KEY_ID");
        String secret = System.getenv("AWS_SECRET_ACCESS_KEY");
        if (endpoint == null || endpoint.isEmpty() || id == null || secret == null) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    "an s3:// target needs --s3-endpoint, and AWS_ACCESS_KEY_ID and"
                            + " AWS_SECRET_ACCESS_KEY in the environment");
        }
        String token = System.getenv("AWS_SESSION_TOKEN");
        AccessKey key = new AccessKey(id, secret, token == null || token.isEmpty() ? null : token);
        return new S3Target(URI.create(endpoint), region, bucket, prefix, key, clock);
    }
}
