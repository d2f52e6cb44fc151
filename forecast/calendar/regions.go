package calendar

import (
	"cmp"
	"slices"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/ecb"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/mw"
	"github.com/rickar/cal/v2/nc"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/ru"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/ua"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"
)

// A Region is a country, or a part of one, whose public holidays are known.
type Region struct {
	Code string // ISO 3166-1 or 3166-2; ECB is the European Central Bank
	Name string
}

// Regions returns the regions whose holidays are known, by code.
func Regions() []Region {
	list := make([]Region, len(regions))
	for i, r := range regions {
		list[i] = r.Region
	}
	return list
}

// A region is a Region with the rules of its holidays.
type region struct {
	Region
	holidays []*cal.Holiday
}

// regionOf returns the region with that code, or false.
func regionOf(code string) (region, bool) {
	i, ok := slices.BinarySearchFunc(regions, code, func(r region, code string) int { return cmp.Compare(r.Code, code) })
	if !ok {
		return region{}, false
	}
	return regions[i], true
}

// regions are the lists of github.com/rickar/cal/v2, by code; a test holds
// that none of them is left out. Its list of the United Kingdom is that of
// England and Wales, and it knows neither Scotland's nor Northern Ireland's.
var regions = []region{
	{Region{"AR", "Argentina"}, ar.Holidays},
	{Region{"AT", "Austria"}, at.Holidays},
	{Region{"AU-ACT", "Australian Capital Territory"}, au.HolidaysACT},
	{Region{"AU-NSW", "New South Wales"}, au.HolidaysNSW},
	{Region{"AU-NT", "Northern Territory"}, au.HolidaysNT},
	{Region{"AU-QLD", "Queensland"}, au.HolidaysQLD},
	{Region{"AU-SA", "South Australia"}, au.HolidaysSA},
	{Region{"AU-TAS", "Tasmania"}, au.HolidaysTAS},
	{Region{"AU-VIC", "Victoria"}, au.HolidaysVIC},
	{Region{"AU-WA", "Western Australia"}, au.HolidaysWA},
	{Region{"BE", "Belgium"}, be.Holidays},
	{Region{"BG", "Bulgaria"}, bg.Holidays},
	{Region{"BR", "Brazil"}, br.Holidays},
	{Region{"CA", "Canada"}, ca.Holidays},
	{Region{"CH", "Switzerland"}, ch.Holidays},
	{Region{"CH-AG", "Aargau"}, ch.HolidaysAG},
	{Region{"CH-AI", "Appenzell Innerrhoden"}, ch.HolidaysAI},
	{Region{"CH-AR", "Appenzell Ausserrhoden"}, ch.HolidaysAR},
	{Region{"CH-BE", "Bern"}, ch.HolidaysBE},
	{Region{"CH-BL", "Basel-Landschaft"}, ch.HolidaysBL},
	{Region{"CH-BS", "Basel-Stadt"}, ch.HolidaysBS},
	{Region{"CH-FR", "Fribourg"}, ch.HolidaysFR},
	{Region{"CH-GE", "Geneva"}, ch.HolidaysGE},
	{Region{"CH-GL", "Glarus"}, ch.HolidaysGL},
	{Region{"CH-GR", "Grisons"}, ch.HolidaysGR},
	{Region{"CH-JU", "Jura"}, ch.HolidaysJU},
	{Region{"CH-LU", "Lucerne"}, ch.HolidaysLU},
	{Region{"CH-NE", "Neuchâtel"}, ch.HolidaysNE},
	{Region{"CH-NW", "Nidwalden"}, ch.HolidaysNW},
	{Region{"CH-OW", "Obwalden"}, ch.HolidaysOW},
	{Region{"CH-SG", "St. Gallen"}, ch.HolidaysSG},
	{Region{"CH-SH", "Schaffhausen"}, ch.HolidaysSH},
	{Region{"CH-SO", "Solothurn"}, ch.HolidaysSO},
	{Region{"CH-SZ", "Schwyz"}, ch.HolidaysSZ},
	{Region{"CH-TG", "Thurgau"}, ch.HolidaysTG},
	{Region{"CH-TI", "Ticino"}, ch.HolidaysTI},
	{Region{"CH-UR", "Uri"}, ch.HolidaysUR},
	{Region{"CH-VD", "Vaud"}, ch.HolidaysVD},
	{Region{"CH-VS", "Valais"}, ch.HolidaysVS},
	{Region{"CH-ZG", "Zug"}, ch.HolidaysZG},
	{Region{"CH-ZH", "Zürich"}, ch.HolidaysZH},
	{Region{"CZ", "Czechia"}, cz.Holidays},
	{Region{"DE", "Germany"}, de.Holidays},
	{Region{"DE-BB", "Brandenburg"}, de.HolidaysBB},
	{Region{"DE-BE", "Berlin"}, de.HolidaysBE},
	{Region{"DE-BW", "Baden-Württemberg"}, de.HolidaysBW},
	{Region{"DE-BY", "Bavaria"}, de.HolidaysBY},
	{Region{"DE-HB", "Bremen"}, de.HolidaysHB},
	{Region{"DE-HE", "Hesse"}, de.HolidaysHE},
	{Region{"DE-HH", "Hamburg"}, de.HolidaysHH},
	{Region{"DE-MV", "Mecklenburg-Vorpommern"}, de.HolidaysMV},
	{Region{"DE-NI", "Lower Saxony"}, de.HolidaysNI},
	{Region{"DE-NW", "North Rhine-Westphalia"}, de.HolidaysNW},
	{Region{"DE-RP", "Rhineland-Palatinate"}, de.HolidaysRP},
	{Region{"DE-SH", "Schleswig-Holstein"}, de.HolidaysSH},
	{Region{"DE-SL", "Saarland"}, de.HolidaysSL},
	{Region{"DE-SN", "Saxony"}, de.HolidaysSN},
	{Region{"DE-ST", "Saxony-Anhalt"}, de.HolidaysST},
	{Region{"DE-TH", "Thuringia"}, de.HolidaysTH},
	{Region{"DK", "Denmark"}, dk.Holidays},
	{Region{"ECB", "European Central Bank"}, ecb.Holidays},
	{Region{"ES", "Spain"}, es.Holidays},
	{Region{"FR", "France"}, fr.Holidays},
	{Region{"GB", "United Kingdom"}, gb.Holidays},
	{Region{"GB-ENG", "England"}, gb.Holidays},
	{Region{"GB-WLS", "Wales"}, gb.Holidays},
	{Region{"GR", "Greece"}, gr.Holidays},
	{Region{"HR", "Croatia"}, hr.Holidays},
	{Region{"IE", "Ireland"}, ie.Holidays},
	{Region{"IT", "Italy"}, it.Holidays},
	{Region{"JP", "Japan"}, jp.Holidays},
	{Region{"LT", "Lithuania"}, lt.Holidays},
	{Region{"LV", "Latvia"}, lv.Holidays},
	{Region{"MW", "Malawi"}, mw.Holidays},
	{Region{"NC", "New Caledonia"}, nc.Holidays},
	{Region{"NL", "Netherlands"}, nl.Holidays},
	{Region{"NO", "Norway"}, no.Holidays},
	{Region{"NZ", "New Zealand"}, nz.Holidays},
	{Region{"PL", "Poland"}, pl.Holidays},
	{Region{"RO", "Romania"}, ro.Holidays},
	{Region{"RU", "Russia"}, ru.Holidays},
	{Region{"SE", "Sweden"}, se.Holidays},
	{Region{"SI", "Slovenia"}, si.Holidays},
	{Region{"SK", "Slovakia"}, sk.Holidays},
	{Region{"UA", "Ukraine"}, ua.Holidays},
	{Region{"US", "United States"}, us.Holidays},
	{Region{"ZA", "South Africa"}, za.Holidays},
}
