public import Foundation

/// A point in time as a template's `strftime_now` sees it: a calendar date and a time of day.
public struct TemplateDate: Sendable, Equatable {
    /// Year of the Gregorian calendar.
    public var year: Int
    /// Month, from 1.
    public var month: Int
    /// Day of the month, from 1.
    public var day: Int
    /// Hour, from 0 to 23.
    public var hour: Int
    /// Minute, from 0.
    public var minute: Int
    /// Second, from 0.
    public var second: Int
    /// Microsecond of the second, from 0.
    public var microsecond: Int

    /// A date and a time of day.
    public init(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0,
        microsecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
    }

    /// The date and time that a clock on the wall shows.
    public init(_ date: Date, timeZone: TimeZone = .current) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second, .nanosecond],
            from: date
        )
        self.init(
            year: parts.year ?? 1970,
            month: parts.month ?? 1,
            day: parts.day ?? 1,
            hour: parts.hour ?? 0,
            minute: parts.minute ?? 0,
            second: parts.second ?? 0,
            microsecond: (parts.nanosecond ?? 0) / 1000
        )
    }

    /// Days since 1 January 1970.
    private var dayNumber: Int {
        // Counted in years that begin in March, so that a leap day is a year's last.
        let shifted = month <= 2 ? year &- 1 : year
        let era = (shifted >= 0 ? shifted : shifted &- 399) / 400
        let yearOfEra = shifted &- era &* 400
        let monthFromMarch = (month &+ 9) % 12
        let dayOfYear = (153 &* monthFromMarch &+ 2) / 5 &+ day &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        return era &* 146_097 &+ dayOfEra &- 719_468
    }

    /// Days since Sunday, from 0.
    var weekday: Int { ((dayNumber % 7) + 11) % 7 }

    /// Day of the year, from 1.
    var dayOfYear: Int {
        dayNumber &- TemplateDate(year: year, month: 1, day: 1).dayNumber &+ 1
    }

    /// Seconds since 1 January 1970, were this UTC.
    var seconds: Int { ((dayNumber &* 24 &+ hour) &* 60 &+ minute) &* 60 &+ second }

    /// Year and week by ISO 8601.
    var isoWeek: (year: Int, week: Int) {
        // A week belongs to the year of its Thursday.
        let thursday = dayNumber &+ 3 &- (weekday &+ 6) % 7
        var isoYear = year
        if thursday < TemplateDate(year: year, month: 1, day: 1).dayNumber { isoYear = year &- 1 }
        if thursday >= TemplateDate(year: year &+ 1, month: 1, day: 1).dayNumber {
            isoYear = year &+ 1
        }
        let first = TemplateDate(year: isoYear, month: 1, day: 1).dayNumber
        return (isoYear, (thursday &- first) / 7 &+ 1)
    }
}
