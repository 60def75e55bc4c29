package io.millrace.kit.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Secret settings: those that stand in files of their own, and where others may read one. */
final class Secrets {
    private static final int MAX_BYTES = 64 << 10;
    private static final Set<PosixFilePermission> OTHERS =
            PosixFilePermissions.fromString("---r--r--");

    private final Map<String, Setting> byFileName = new LinkedHashMap<>();
    private final Map<String, Setting> known;
    private final List<String> warnings = new ArrayList<>();

    Secrets(Map<String, Setting> settings) {
        known = new LinkedHashMap<>(settings);
        for (Setting setting : settings.values()) {
            if (setting.kind() == Setting.Kind.SECRET) {
                String name = setting.fileName();
                byFileName.put(name, setting);
                known.put(name, new Setting(name, Setting.Kind.TEXT, "", ""));
            }
        }
    }

    /** The settings, and the name of a file for each that is secret. */
    Map<String, Setting> known() {
        return known;
    }

    List<String> warnings() {
        return warnings;
    }

    /** Puts what the files hold that one source names in the place of their names. */
    void read(Map<String, Configuration.Value> source) {
        byFileName.forEach(
                (name, secret) -> {
                    Configuration.Value file = source.remove(name);
                    if (file == null || file.text().isEmpty()) {
                        return;
                    }
                    Configuration.Value beside = source.get(secret.name());
                    if (beside != null && !beside.text().isEmpty()) {
                        throw new ConfigException(
                                "'"
                                        + secret.name()
                                        + "' and '"
                                        + name
                                        + "' are both in "
                                        + file.origin()
                                        + ": leave one");
                    }
                    String text = content(name, Path.of(file.text()));
                    source.put(secret.name(), new Configuration.Value(text, file.origin()));
                });
    }

    private String content(String name, Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ConfigException(
                        "'" + name + "' names " + file + ", which is too large for a secret");
            }
            String text = Files.readString(file, StandardCharsets.UTF_8).strip();
            if (text.isEmpty()) {
                throw new ConfigException("'" + name + "' names " + file + ", which is empty");
            }
            warnIfOpen(file, "'" + name + "'");
            return text;
        } catch (IOException e) {
            throw new ConfigException(
                    "'" + name + "' names " + file + ", which can't be read: " + e);
        }
    }

    /** Looks at a file of settings that holds secrets itself. */
    void inSettings(Path file, Map<String, Configuration.Value> source) {
        for (Setting secret : byFileName.values()) {
            Configuration.Value value = source.get(secret.name());
            if (value != null && isSecret(secret, value.text())) {
                warnIfOpen(file, "'" + secret.name() + "'");
            }
        }
    }

    private void warnIfOpen(Path file, String what) {
        try {
            if (Files.getFileStore(file).supportsFileAttributeView("posix")
                    && !Collections.disjoint(Files.getPosixFilePermissions(file), OTHERS)) {
                warnings.add(
                        "Others may read "
                                + file
                                + ", in which "
                                + what
                                + " stands: chmod 600 "
                                + file);
            }
        } catch (IOException e) {
            warnings.add("Who may read " + file + " can't be seen: " + e.getMessage());
        }
    }

    /** Says which secrets every user of the machine sees in the list of processes. */
    void onCommandLine(Map<String, String> texts) {
        for (Setting secret : byFileName.values()) {
            String text = texts.getOrDefault(secret.name(), "");
            if (isSecret(secret, text)) {
                warnings.add(
                        "'"
                                + secret.name()
                                + "' stands on the command line, where every user of this machine"
                                + " can read it (ps): write it into a file of mode 600 that '"
                                + secret.fileName()
                                + "' names, or into the variable "
                                + secret.environmentName());
            }
        }
    }

    /** An address is one only with a password in it. */
    private static boolean isSecret(Setting setting, String text) {
        boolean address = setting.name().endsWith("url");
        return !text.isEmpty() && (!address || text.contains("password"));
    }
}
