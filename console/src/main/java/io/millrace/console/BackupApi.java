package io.millrace.console;

import io.millrace.backup.BackupException;
import io.millrace.backup.Holds;
import java.util.Map;

/**
 * Holds for backups: what is held is described in files on this machine; the answer says where. See
 * {@link Holds}.
 */
final class BackupApi {
    private static final String ACTION = "admin:Backup";

    private final Gate gate;
    private final Holds holds;

    BackupApi(Gate gate, Holds holds) {
        this.gate = gate;
        this.holds = holds;
    }

    void register(Router router) {
        router.post("/api/backup/holds", this::take)
                .post("/api/backup/holds/{hold}", this::renew)
                .delete("/api/backup/holds/{hold}", this::release);
    }

    private void take(Call call) {
        gate.require(call, ACTION, "*");
        try {
            Holds.Hold hold = holds.take(call.body(Holds.Copier.class));
            call.json(
                    201,
                    Map.of(
                            "hold", hold.id(),
                            "directory", hold.directory().toString(),
                            "leaseSeconds", Holds.LEASE.toSeconds()));
        } catch (BackupException e) {
            throw switch (e.code()) {
                case BUSY ->
                        new ApiError(409, "Busy", e.getMessage() + ".", "Wait until it has ended.");
                case INVALID -> ApiError.invalid(e.getMessage() + ".", "See the guide.");
                default ->
                        new ApiError(500, "Unavailable", e.getMessage() + ".", "Look at the disk.");
            };
        }
    }

    private void renew(Call call) {
        gate.require(call, ACTION, "*");
        if (!holds.renew(call.variable("hold"))) {
            throw ended();
        }
        call.done();
    }

    private void release(Call call) {
        gate.require(call, ACTION, "*");
        if (!holds.release(call.variable("hold"))) {
            throw ended();
        }
        call.done();
    }

    private static ApiError ended() {
        return ApiError.notFound("This hold has ended.", "Begin a new backup.");
    }
}
