import ChatTemplates
import Foundation
import Testing

/// Expected texts: made with `datetime.strftime` of Python 3.11 on Linux, in the C locale.
struct TemplateDateTests {
    private static let format =
        "%a %A %b %B %d %-d %e %H %I %j %m %M %p %S %U %w %W %y %Y %G %V %u %C %D %F %R %T|%c|%x "
        + "%X %% %q %f %h %k %l %P %s|%Z|%z|%^a %#p %_d"

    @Test(
        "strftime_now writes every field as Python does",
        arguments: [
            (
                TemplateDate(year: 2026, month: 1, day: 15, hour: 10, minute: 20, second: 30),
                "Thu Thursday Jan January 15 15 15 10 10 015 01 20 AM 30 02 4 02 26 2026 2026 03 4 "
                    + "20 01/15/26 2026-01-15 10:20 10:20:30|Thu Jan 15 10:20:30 2026|01/15/26 "
                    + "10:20:30 % %q 000000 Jan 10 10 am 1768472430|||THU am 15"
            ),
            (
                TemplateDate(
                    year: 2024,
                    month: 12,
                    day: 30,
                    hour: 0,
                    minute: 5,
                    second: 6,
                    microsecond: 789
                ),
                "Mon Monday Dec December 30 30 30 00 12 365 12 05 AM 06 52 1 53 24 2024 2025 01 1 "
                    + "20 12/30/24 2024-12-30 00:05 00:05:06|Mon Dec 30 00:05:06 2024|12/30/24 "
                    + "00:05:06 % %q 000789 Dec  0 12 am 1735517106|||MON am 30"
            ),
            (
                TemplateDate(year: 2021, month: 1, day: 3, hour: 23, minute: 59, second: 59),
                "Sun Sunday Jan January 03 3  3 23 11 003 01 59 PM 59 01 0 00 21 2021 2020 53 7 20 "
                    + "01/03/21 2021-01-03 23:59 23:59:59|Sun Jan  3 23:59:59 2021|01/03/21 "
                    + "23:59:59 % %q 000000 Jan 23 11 pm 1609718399|||SUN pm  3"
            ),
        ]
    )
    func formats(date: TemplateDate, expected: String) throws {
        let input = ChatTemplateInput(
            messages: [["role": "user"]],
            variables: ["format": .string(Self.format)],
            clock: { date }
        )
        #expect(try ChatTemplate("{{ strftime_now(format) }}").render(input).text == expected)
    }

    @Test("a date of the system is taken apart in its time zone")
    func systemDate() throws {
        let zone = try #require(TimeZone(secondsFromGMT: 3600))
        let date = TemplateDate(Date(timeIntervalSince1970: 1_768_472_430.25), timeZone: zone)
        #expect(
            date
                == TemplateDate(
                    year: 2026,
                    month: 1,
                    day: 15,
                    hour: 11,
                    minute: 20,
                    second: 30,
                    microsecond: 250_000
                )
        )
    }

    @Test("without a clock of the caller's it is now")
    func standardClock() {
        let year = ChatTemplateInput(messages: []).clock().year
        #expect(year >= 2025)
    }
}
