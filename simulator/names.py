"""Invented names of compounds, stations, roads and people, in Chinese and English.

Any likeness to a real compound or person is chance.
"""

from __future__ import annotations

from typing import NamedTuple


class Name(NamedTuple):
    zh: str
    en: str


def _pairs(text: str) -> tuple[Name, ...]:
    return tuple(Name(*part.strip().split(" ", 1)) for part in text.strip().split(","))


FIRST = _pairs("""
枫林 Maple Grove, 湖滨 Lakeside, 银杏 Ginkgo, 望海 Seaview, 清风 Clear Breeze, 学府 Academy,
龙湾 Dragon Bay, 翠屏 Green Screen, 白鹭 Egret, 金桥 Golden Bridge, 紫荆 Bauhinia, 桂花 Osmanthus,
东篱 East Hedge, 听涛 Listening Wave, 观澜 Ripple View, 海棠 Crabapple, 木棉 Kapok, 榕树 Banyan,
荷塘 Lotus Pond, 竹溪 Bamboo Brook, 云顶 Cloud Top, 星河 Star River, 明月 Bright Moon,
朝阳 Morning Sun, 晨曦 Dawn, 晚霞 Sunset Glow, 春晓 Spring Dawn, 秋水 Autumn Water,
碧波 Blue Wave, 锦绣 Brocade, 和顺 Harmony, 安澜 Calm Water, 永福 Lasting Joy, 吉祥 Good Omen,
康乐 Health and Joy, 祥云 Lucky Cloud, 鹭岛 Egret Isle, 渔港 Fishing Port, 帆影 Sail Shadow,
灯塔 Lighthouse, 珊瑚 Coral, 珍珠 Pearl, 贝壳 Seashell, 海天 Sea and Sky, 港湾 Harbour,
蓝湾 Blue Bay, 月湾 Moon Bay, 沙洲 Sandbar, 青山 Green Hill, 翠竹 Green Bamboo, 松涛 Pine Wave,
柏林 Cypress Wood, 梧桐 Parasol Tree, 玉兰 Magnolia, 茶山 Tea Hill, 橘园 Orange Grove,
梅岭 Plum Ridge, 兰亭 Orchid Pavilion, 菊苑 Chrysanthemum, 牡丹 Peony, 凤凰 Phoenix, 麒麟 Qilin,
仙鹤 Crane, 喜鹊 Magpie, 燕子 Swallow, 鹿鸣 Deer Call, 书香 Book Scent, 翰林 Scholar,
文昌 Literary Star, 状元 Top Scholar, 求是 Truth Seeker, 育秀 Fostering, 钟楼 Bell Tower,
鼓浪 Drum Wave, 石桥 Stone Bridge, 古榕 Old Banyan, 南门 South Gate, 北辰 North Star,
西亭 West Pavilion, 东方 Orient, 中央 Central, 世纪 Century, 未来 Future, 新城 New City,
阳光 Sunshine, 彩虹 Rainbow, 水晶 Crystal, 琥珀 Amber, 翡翠 Jade, 玫瑰 Rose, 悦海 Joyful Sea,
怡园 Pleasant, 和风 Gentle Wind, 瑞雪 Timely Snow, 甘泉 Sweet Spring, 长乐 Lasting Delight
""")
LAST = _pairs("""
花园 Garden, 苑 Court, 国际 International, 家园 Homes, 半岛 Peninsula, 山庄 Villas, 公寓 Apartments,
大厦 Tower, 里 Lane, 府 Mansion, 台 Terrace, 新村 New Village, 名邸 Residence, 雅居 Elegant Homes,
广场 Plaza, 一号 Number One, 人家 Family Homes, 城 Town, 小区 Estate, 郡 County, 华庭 Grand Court,
水岸 Waterfront, 天地 World, 公馆 Manor
""")
ROADS = _pairs("""
湖光 Huguang, 滨湾 Binwan, 文源 Wenyuan, 同和 Tonghe, 仙峰 Xianfeng, 莲池 Lianchi, 金穗 Jinsui,
松岭 Songling, 安平 Anping, 环湾 Huanwan, 杏村 Xingcun, 集贤 Jixian, 银河 Yinhe, 翔和 Xianghe,
祥瑞 Xiangrui, 新民 Xinmin, 长青 Changqing, 角湾 Jiaowan, 海风 Haifeng, 沧浪 Canglang
""")
PEOPLE = {
    "executive": Name("林致远", "Lin Zhiyuan"),
    "district_manager": Name("黄海宁", "Huang Haining"),
    "engineer": Name("吴思齐", "Wu Siqi"),
    "dispatcher": Name("陈立", "Chen Li"),
    "inspector": Name("张建明", "Zhang Jianming"),
    "water_quality": Name("郑清", "Zheng Qing"),
    "administrator": Name("周敏", "Zhou Min"),
}
_PHASES = "一二三四五六七八九十"


def compound(number: int) -> Name:
    """The name of the compound with this number; no two numbers share one, up to 23,040."""
    total = len(FIRST) * len(LAST)
    phase, place = divmod(number, total)
    place = place * 1009 % total  # 1009 is prime to the total: neighbours in number differ in name
    first, last = FIRST[place % len(FIRST)], LAST[place // len(FIRST)]
    name = Name(first.zh + last.zh, f"{first.en} {last.en}")
    return Name(f"{name.zh}{_PHASES[phase]}期", f"{name.en} Phase {phase + 1}") if phase else name


def house(number: int, place: int) -> Name:
    """The name of a pump house of this compound; the first bears the compound's."""
    name = compound(number)
    if place == 1:
        return name
    return Name(f"{name.zh}{place}号泵房", f"{name.en} Pump House {place}")


def outlying(number: int, rural: bool) -> Name:
    """The name of a regional booster station or a village waterworks."""
    round_, place = divmod(number, len(FIRST))
    first = FIRST[place * 37 % len(FIRST)]
    zh = first.zh + (f"{_PHASES[round_]}号" if round_ else "")
    en = first.en + (f" No. {round_ + 1}" if round_ else "")
    return (
        Name(f"{zh}村供水站", f"{en} Village Waterworks")
        if rural
        else Name(f"{zh}加压泵站", f"{en} Booster Station")
    )


def address(number: int, share: float) -> Name:
    """A street address."""
    road = ROADS[number % len(ROADS)]
    house = 1 + int(share * 980)
    return Name(f"{road.zh}路{house}号", f"No. {house} {road.en} Road")
