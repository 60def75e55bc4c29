package io.millrace.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Checks JDK, ffmpeg, libvips, fonts, ports, disk and clock.",
            "Exit code 0: nothing prevents a start, 1: something does."
        })
final class DoctorCommand implements Callable<Integer> {
    @Mixin private SettingsOptions options = new SettingsOptions();

    @Option(names = "--json", description = "prints JSON")
    private boolean json;

    @Override
    public Integer call() throws JsonProcessingException {
        List<Doctor.Finding> findings = new Doctor(options.load()).examine();
        if (json) {
            System.out.println(
                    new ObjectMapper()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(findings));
        } else {
            findings.forEach(DoctorCommand::print);
        }
        return findings.stream().anyMatch(f -> f.level() == Doctor.Level.FAIL) ? 1 : 0;
    }

    private static void print(Doctor.Finding finding) {
        String mark =
                switch (finding.level()) {
                    case OK -> "ok   ";
                    case WARN -> "warn ";
                    case FAIL -> "FAIL ";
                };
        System.out.printf("%s %-8s %s%n", mark, finding.name(), finding.text());
        if (!finding.remedy().isEmpty()) {
            System.out.printf("      %8s → %s%n", "", finding.remedy());
        }
    }
}
